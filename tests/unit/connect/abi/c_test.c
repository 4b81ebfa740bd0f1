/* That the contract is C: this file is compiled as such. */
#include "connect/abi/plugin.h"

uint32_t weir_abi_seen_from_c(void);
uint32_t weir_abi_seen_from_c(void) {
    return (uint32_t)sizeof(weir_record) + WEIR_ABI_VERSION;
}
