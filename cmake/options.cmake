# One interface target carries what every library and test of the project is compiled with.
add_library(snaptrail_options INTERFACE)
target_include_directories(snaptrail_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(snaptrail_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  -Wnull-dereference -Wdouble-promotion -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12's flow warnings fire inside Boost and the standard library once sanitizers inline them.
  # It also takes Asio's recycling of coroutine frames for a mismatch of new and delete.
  target_compile_options(snaptrail_options INTERFACE -Wno-null-dereference -Wno-maybe-uninitialized
    -Wno-mismatched-new-delete)
  if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    target_compile_options(snaptrail_options INTERFACE -Wno-stringop-overflow -Wno-array-bounds
      -Wno-restrict -Wno-dangling-reference -Wno-unknown-warning)
  endif()
endif()
# Input comes from strangers: keep the library's own bounds checks in every build.
target_compile_definitions(snaptrail_options INTERFACE _GLIBCXX_ASSERTIONS)
if(SNAPTRAIL_WERROR)
  target_compile_options(snaptrail_options INTERFACE -Werror)
endif()
if(SNAPTRAIL_SANITIZE)
  target_compile_options(snaptrail_options INTERFACE
    -fsanitize=${SNAPTRAIL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  # Clang's check of calls through pointers cannot be assembled for coroutines.
  target_compile_options(snaptrail_options INTERFACE $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=function>)
  target_link_options(snaptrail_options INTERFACE -fsanitize=${SNAPTRAIL_SANITIZE})
endif()
if(SNAPTRAIL_FUZZ)
  target_compile_options(snaptrail_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(snaptrail_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(SNAPTRAIL_COVERAGE)
  target_compile_options(snaptrail_options INTERFACE --coverage)
  target_link_options(snaptrail_options INTERFACE --coverage)
endif()

# What ccache needs to know a file again that was compiled with a precompiled header.
target_compile_options(snaptrail_options INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess> "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")

# snaptrail_library(NAME SOURCES… LINKS…): the one library of a folder, as snaptrail::NAME.
function(snaptrail_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_library(snaptrail_${name} STATIC ${arg_SOURCES})
  add_library(snaptrail::${name} ALIAS snaptrail_${name})
  target_link_libraries(snaptrail_${name} PUBLIC snaptrail_options ${arg_LINKS})
  if(name MATCHES "^(objects|reconcilers|ledger)$")
    target_precompile_headers(snaptrail_${name} REUSE_FROM precompiled_plain)
  else()
    target_precompile_headers(snaptrail_${name} REUSE_FROM precompiled_asio)
  endif()
endfunction()

# Where the tests' data is, as a header: a definition on the command line would let ccache share nothing between checkouts.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/test_data_path.hpp
  CONTENT "#pragma once\n#define SNAPTRAIL_TEST_DATA \"${CMAKE_SOURCE_DIR}/test/data\"\n")

# Tests are not optimized: what they test is, and they compile in half the time.
set(SNAPTRAIL_TEST_OPTIONS $<$<CONFIG:Release>:-O0>)

# The programs in which two threads meet, for the build under TSan.
add_custom_target(threaded_tests)

# snaptrail_test(NAME LABELS SOURCES… LINKS…): one Catch2 program, one ctest entry.
function(snaptrail_test name labels)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LINKS} Catch2::Catch2WithMain)
  target_include_directories(${name} PRIVATE ${CMAKE_BINARY_DIR}/generated)
  target_compile_options(${name} PRIVATE ${SNAPTRAIL_TEST_OPTIONS})
  target_precompile_headers(${name} REUSE_FROM precompiled_test)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${labels}" TIMEOUT 900)
  if("threads" IN_LIST labels)
    add_dependencies(threaded_tests ${name})
  endif()
endfunction()
