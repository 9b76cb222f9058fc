// tsrunc-systemd, byte for byte: systemd.cc writes it to a sealed memfd.
  .section .rodata.tsrunc_systemd, "a", %progbits
  .balign 4096
  .hidden tsrunc_systemd_image
  .global tsrunc_systemd_image
tsrunc_systemd_image:
  .incbin TSRUNC_SYSTEMD_PATH
  .hidden tsrunc_systemd_image_end
  .global tsrunc_systemd_image_end
tsrunc_systemd_image_end:
  .byte 0
  .section .note.GNU-stack, "", %progbits
