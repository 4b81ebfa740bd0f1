#include "tests/fuzz/memory.hpp"

#include <algorithm>

extern "C" {
// Of the sanitizers' runtime, when there is one.
__attribute__((weak)) int __sanitizer_install_malloc_and_free_hooks(
    void (*on_malloc)(const volatile void*, std::size_t), void (*on_free)(const volatile void*));
__attribute__((weak)) std::size_t __sanitizer_get_allocated_size(const volatile void*);
}

namespace weir::fuzz {
namespace {

thread_local bool counting = false;
thread_local std::ptrdiff_t taken = 0;
thread_local std::ptrdiff_t most = 0;

void on_malloc(const volatile void*, std::size_t size) {
    if (!counting) return;
    taken += static_cast<std::ptrdiff_t>(size);
    most = std::max(most, taken);
}

void on_free(const volatile void* memory) {
    if (!counting || memory == nullptr) return;
    taken -= static_cast<std::ptrdiff_t>(__sanitizer_get_allocated_size(memory));
}

void install() {
    static const bool done = [] {
        if (__sanitizer_install_malloc_and_free_hooks == nullptr) return false;
        return __sanitizer_install_malloc_and_free_hooks(&on_malloc, &on_free) > 0;
    }();
    (void)done;
}

}  // namespace

memory_scope::memory_scope() {
    install();
    taken = most = 0;
    counting = true;
}

memory_scope::~memory_scope() {
    counting = false;
}

std::size_t memory_scope::peak() const {
    return static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, most));
}

}  // namespace weir::fuzz
