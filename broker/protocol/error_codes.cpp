#include "broker/protocol/error_codes.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace weir::broker {
namespace {

struct row {
    error_code code;
    std::string_view name;
    bool retriable;
};

constexpr row rows[] = {
#define X(code, name, retriable) {static_cast<error_code>(code), #name, retriable},
#include "broker/protocol/error_codes.tbl"
#undef X
};

const row& row_of(error_code code) {
    const auto* found =
        std::ranges::find_if(rows, [code](const row& each) { return each.code == code; });
    return found == std::end(rows) ? rows[0] : *found;
}

// Names in upper case, made once: the table spells them as C++ does. Never destroyed: a node may be
// a static of its program, and answers until it ends.
const auto& upper_names() {
    static const auto* names = new auto([] {
        std::array<std::string, std::size(rows)> made;
        for (std::size_t index = 0; index < made.size(); ++index) {
            for (const char letter : rows[index].name) {
                made[index] +=
                    static_cast<char>(letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter);
            }
        }
        return made;
    }());
    return *names;
}

}  // namespace

std::string_view error_name(error_code code) {
    return upper_names()[static_cast<std::size_t>(&row_of(code) - rows)];
}

bool is_retriable(error_code code) {
    return row_of(code).retriable;
}

}  // namespace weir::broker
