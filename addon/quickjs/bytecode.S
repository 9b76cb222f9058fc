// The bundle of src/main.ts, compiled by compile.c.
  .section .rodata.tsrunc_bytecode, "a", %progbits
  .balign 16
  .hidden tsrunc_bytecode
  .global tsrunc_bytecode
tsrunc_bytecode:
  .incbin TSRUNC_BYTECODE_PATH
  .hidden tsrunc_bytecode_end
  .global tsrunc_bytecode_end
tsrunc_bytecode_end:
  .byte 0
// Whose it is, and a program header that scripts/lib/snapshot.mjs makes the heap's.
  .section .note.tsrunc, "a", %note
  .balign 4
  .long 2f - 1f, 0, 1
1:
  .asciz "tsrunc"
2:
  .balign 4
  .section .note.GNU-stack, "", %progbits
