# embed.cmake — IN's bytes as C: cmake -DNAME=x -DIN=file -DOUT=x.c -P embed.cmake
file(READ ${IN} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUT} "#include <stddef.h>\nextern const unsigned char lf_asset_${NAME}[];\nextern const size_t lf_asset_${NAME}_size;\n"
  "const unsigned char lf_asset_${NAME}[] = {\n${bytes}0};\nconst size_t lf_asset_${NAME}_size = sizeof lf_asset_${NAME} - 1;\n")
