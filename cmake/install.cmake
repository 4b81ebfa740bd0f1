# cmake --install: the program with its connectors (bin), and what an outside plugin needs
# (include/connect; `--component sdk` for that alone).
install(DIRECTORY connect/abi connect/sdk DESTINATION include/connect COMPONENT sdk
        FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")
install(TARGETS weir RUNTIME DESTINATION bin COMPONENT program)
get_property(connectors GLOBAL PROPERTY WEIR_CONNECTORS)
install(TARGETS ${connectors} LIBRARY DESTINATION bin/connectors COMPONENT program)
