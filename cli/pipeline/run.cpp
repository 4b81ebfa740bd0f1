#include "cli/verb.hpp"
