# weir_library(NAME sources... LINK libraries...): a folder of the tree as a static library.
# Includes are written from the root of the repository: #include "broker/log/segment.hpp".
function(weir_library name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "LINK")
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
endfunction()

# weir_test(NAME sources... LINK libraries...): a GoogleTest program, registered with ctest.
function(weir_test name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "LINK")
  find_package(GTest REQUIRED)
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()

# weir_fuzz(NAME source LINK libraries...): a fuzz target. With WEIR_FUZZ it is a libFuzzer
# program; the same source is compiled in tests/fuzz with a driver that replays the corpus.
function(weir_fuzz name source)
  cmake_parse_arguments(PARSE_ARGV 2 ARG "" "" "LINK")
  if(WEIR_FUZZ)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE ${ARG_LINK})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(${name} ${source} ${PROJECT_SOURCE_DIR}/tests/fuzz/driver.cpp)
    target_link_libraries(${name} PRIVATE ${ARG_LINK})
    add_test(NAME ${name} COMMAND ${name} --seconds 5 WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  endif()
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
endfunction()
