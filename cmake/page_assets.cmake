# page_assets(TARGET FOLDER): the files of a folder, as they are, become part of a library: the assembler includes each (as
# cmd/snaptrail/bundled_recording.cpp has it), and a table names them.
function(page_assets target folder)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/*.html ${folder}/*.js ${folder}/*.css ${folder}/*.svg ${folder}/*.json)
  list(SORT files)
  set(sections "")
  set(symbols "")
  set(entries "")
  set(index 0)
  foreach(file ${files})
    get_filename_component(name ${file} NAME)
    set(begin snaptrail_page_${index}_begin)
    set(end snaptrail_page_${index}_end)
    string(APPEND sections "  .global ${begin}\\n  .global ${end}\\n${begin}:\\n  .incbin \\\"${file}\\\"\\n${end}:\\n  .byte 0\\n")
    string(APPEND symbols "extern const char ${begin}[];\nextern const char ${end}[];\n")
    string(APPEND entries "    PageAsset{\"${name}\", {${begin}, ${end}}},\n")
    math(EXPR index "${index} + 1")
  endforeach()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/page_files.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "#include <array>

#include \"serving/page_assets.hpp\"

asm(\"  .pushsection .rodata\\n${sections}  .popsection\\n\");

extern \"C\" {
${symbols}}

namespace snaptrail::serving {

std::span<const PageAsset> page_assets() {
  static const std::array kAssets = {
${entries}  };
  return kAssets;
}

}  // namespace snaptrail::serving
" @ONLY)
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${files}")
  target_sources(${target} PRIVATE ${source})
endfunction()
