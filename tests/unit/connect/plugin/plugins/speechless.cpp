// A shared object, but no plugin.
extern "C" __attribute__((visibility("default"))) int weir_test_anything() {
    return 1;
}
