# How every target of Qianli is compiled, and the functions that declare a station (a library) and its tests.

if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(QIANLI_CCACHE ccache)
  if(QIANLI_CCACHE)
    # Without these, ccache would not cache what includes a precompiled header.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${QIANLI_CCACHE})
    set(CMAKE_PCH_INSTANTIATE_TEMPLATES ON)
  endif()
endif()

option(QIANLI_WARNINGS_AS_ERRORS "Treat compiler warnings as errors" ON)

# -fPIC everywhere: Qt asks for it, and one set of flags lets precompiled headers be shared.
add_compile_options(-fPIC -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual
  -Woverloaded-virtual -Wimplicit-fallthrough -fdiagnostics-color=always -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Otherwise ccache would take no precompiled header for the one it knows.
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
  # Clang judges macros of OpenSSL as if they were ours; g++ judges what is ours.
  add_compile_options(-Wno-cast-qual -Wno-old-style-cast)
endif()
# Instrumented by ThreadSanitizer, GCC 12 takes moved strings for read out of bounds; the other presets judge warnings.
if(QIANLI_WARNINGS_AS_ERRORS AND NOT QIANLI_SANITIZE STREQUAL "thread")
  add_compile_options(-Werror)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT QIANLI_SANITIZE)
  add_compile_definitions(_FORTIFY_SOURCE=2)
endif()

set(QIANLI_SANITIZE "" CACHE STRING "address, thread or fuzzer: builds everything with that sanitizer")
if(QIANLI_SANITIZE STREQUAL "address")
  # What the sanitizer adds makes the compiler see unset members in the standard library's trees.
  add_compile_options(-Wno-maybe-uninitialized)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(QIANLI_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(QIANLI_SANITIZE STREQUAL "fuzzer")
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()

set(QIANLI_PCH_STD <algorithm> <array> <atomic> <chrono> <condition_variable> <cstdint> <cstring> <filesystem> <functional>
  <map> <memory> <mutex> <optional> <span> <string> <string_view> <thread> <tuple> <utility> <variant> <vector>
  <fmt/format.h> <tl/expected.hpp>)
set(QIANLI_PCH_JSON <nlohmann/json.hpp>)
set(QIANLI_PCH_DICOM <dcmtk/config/osconfig.h> <dcmtk/dcmdata/dctk.h>)
set(QIANLI_PCH_NETWORK <dcmtk/config/osconfig.h> <dcmtk/dcmdata/dctk.h> <dcmtk/dcmnet/dimse.h>)
# Named WIDGETS: QT is an option of the functions below.
set(QIANLI_PCH_WIDGETS <QtCore> <QtGui> <QtWidgets>)
set(QIANLI_PCH_CATCH <catch2/catch.hpp>)

function(qianli_apply_pch name)
  set(headers ${QIANLI_PCH_STD})
  foreach(group IN LISTS ARGN)
    list(APPEND headers ${QIANLI_PCH_${group}})
  endforeach()
  target_precompile_headers(${name} PRIVATE ${headers})
endfunction()

# qianli_library(NAME LINKS target... [PCH group...] [QT])
# One station: every .cpp file of this folder; other targets include its headers as "gateway/archive/blob_store.h".
function(qianli_library name)
  cmake_parse_arguments(ARG "QT" "" "LINKS;PCH" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.h)
  if(NOT sources)
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${ARG_LINKS})
    return()
  endif()
  add_library(${name} STATIC ${sources} ${headers})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC fmt::fmt Threads::Threads ${ARG_LINKS})
  if(ARG_QT)
    set_target_properties(${name} PROPERTIES AUTOMOC ON)
  endif()
  qianli_apply_pch(${name} ${ARG_PCH})
endfunction()

# qianli_test(NAME LINKS target... [PCH group...] [LABELS fast|slow...] [QT] [TIMEOUT seconds] [ENVIRONMENT "A=b"...])
# Every .cpp file of this folder becomes one Catch2 program bin/NAME and one ctest entry. A program with a QCoreApplication
# or other setup of its own puts a file main.cpp in its folder; otherwise tests/support/catch_main.cpp is used.
function(qianli_test name)
  cmake_parse_arguments(ARG "QT" "TIMEOUT" "LINKS;PCH;LABELS;ENVIRONMENT" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(NOT sources)
    return()
  endif()
  if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp)
    list(APPEND ARG_LINKS qianli_catch_main)
  endif()
  add_executable(${name} ${sources})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE qianli_test_support ${ARG_LINKS})
  target_compile_definitions(${name} PRIVATE QIANLI_SOURCE_DIR="${PROJECT_SOURCE_DIR}" QIANLI_BINARY_DIR="${CMAKE_BINARY_DIR}")
  if(ARG_QT)
    set_target_properties(${name} PROPERTIES AUTOMOC ON)
  endif()
  qianli_apply_pch(${name} CATCH ${ARG_PCH})
  add_test(NAME ${name} COMMAND ${name})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if(QIANLI_SANITIZE)
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * 5") # sanitizers make programs several times slower
  endif()
  if(NOT ARG_LABELS)
    set(ARG_LABELS fast)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}" ENVIRONMENT "TCP_NODELAY=1;${ARG_ENVIRONMENT}")
endfunction()
