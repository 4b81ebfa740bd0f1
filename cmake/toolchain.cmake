# Compiler, linker, warnings and sanitizers: one place, the same for every folder.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR "GCC below 13 destroys lambdas inside co_await twice; use clang++-19")
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_compile_options(-Wall -Wextra -Werror -Wno-missing-field-initializers
                    -Wno-missing-designated-field-initializers)
add_link_options(-fuse-ld=lld-19)
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")

if(WEIR_SANITIZE)
  add_compile_options(-fsanitize=${WEIR_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${WEIR_SANITIZE})
endif()
if(WEIR_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# One compiler needs up to 1.5 GiB with sanitizers: limit parallel jobs by memory, not only cores.
cmake_host_system_information(RESULT WEIR_MEMORY_MIB QUERY TOTAL_PHYSICAL_MEMORY)
math(EXPR WEIR_COMPILE_JOBS "${WEIR_MEMORY_MIB} / 1536 + 1")
set_property(GLOBAL PROPERTY JOB_POOLS compile=${WEIR_COMPILE_JOBS} link=2)
set(CMAKE_JOB_POOL_COMPILE compile)
set(CMAKE_JOB_POOL_LINK link)
