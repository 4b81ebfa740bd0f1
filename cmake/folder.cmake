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

# weir_fuzz(NAME sources... LINK libraries...): a fuzz target. With WEIR_FUZZ it is a libFuzzer
# program; else the same source gets a driver of our own and runs five seconds as a test.
function(weir_fuzz name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "LINK")
  if(WEIR_FUZZ)
    add_executable(${name} ${ARG_UNPARSED_ARGUMENTS}
      ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus.cpp)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(${name} ${ARG_UNPARSED_ARGUMENTS}
      ${PROJECT_SOURCE_DIR}/tests/fuzz/driver.cpp)
    add_test(NAME ${name} COMMAND ${name} --seconds 5 WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS fuzz)
  endif()
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
endfunction()

# weir_connector(NAME sources... LINK libraries...): a folder of connectors/ as the static library
# weir_connector_NAME, for tests, and as the plugin bin/connectors/NAME.so. The file plugin.cpp,
# which has the entry symbol, is in the plugin only.
function(weir_connector name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "LINK")
  add_library(weir_connector_${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  set_target_properties(weir_connector_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_include_directories(weir_connector_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(weir_connector_${name} PUBLIC ${ARG_LINK})
  add_library(weir_plugin_${name} MODULE plugin.cpp)
  set_target_properties(weir_plugin_${name} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name} CXX_VISIBILITY_PRESET hidden
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin/connectors)
  target_link_libraries(weir_plugin_${name} PRIVATE weir_connector_${name})
  set_property(GLOBAL APPEND PROPERTY WEIR_CONNECTORS weir_plugin_${name})
endfunction()
