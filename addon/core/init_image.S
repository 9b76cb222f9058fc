// tsrunc-init, byte for byte: spawn.cc writes it to a sealed memfd.
  .section .rodata.tsrunc_init, "a", %progbits
  .balign 4096
  .hidden tsrunc_init_image
  .global tsrunc_init_image
tsrunc_init_image:
  .incbin TSRUNC_INIT_PATH
  .hidden tsrunc_init_image_end
  .global tsrunc_init_image_end
tsrunc_init_image_end:
  .byte 0
  .section .note.GNU-stack, "", %progbits
