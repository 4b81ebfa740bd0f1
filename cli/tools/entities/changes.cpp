#include "cli/tools/entities/changes.hpp"

#include <algorithm>

#include "cli/tools/connection.hpp"
#include "cli/tools/java/text.hpp"

namespace weir::cli::tools::entities {
namespace {

// Whether a separator at `at` stands outside of brackets: no "]" comes before the next "[".
bool is_outside(std::string_view text, std::size_t at) {
    const auto next = text.find_first_of("[]", at + 1);
    return next == std::string_view::npos || text[next] == '[';
}

std::vector<std::string_view> split_outside(std::string_view text, char separator) {
    std::vector<std::string_view> pieces;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != separator || !is_outside(text, at)) continue;
        pieces.push_back(text.substr(begin, at - begin));
        begin = at + 1;
    }
    pieces.push_back(text.substr(begin));
    return pieces;
}

std::string without_brackets(std::string_view text) {
    std::string plain;
    for (const char letter : text) {
        if (letter != '[' && letter != ']') plain += letter;
    }
    return std::string(java::trim(plain));
}

bool is_key(std::string_view key) {
    return std::ranges::all_of(key, [](char letter) {
        return std::isalnum(static_cast<unsigned char>(letter)) != 0 ||
               std::string_view("$._-").contains(letter);
    });
}

}  // namespace

tool_result<std::map<std::string, std::string>> parse_pairs(std::string_view text) {
    std::map<std::string, std::string> pairs;
    auto pieces = split_outside(text, ',');
    while (pieces.size() > 1 && pieces.back().empty())
        pieces.pop_back();
    for (const auto piece : pieces) {
        const auto parts = split_outside(piece, '=');
        if (parts.size() != 2) {
            return std::unexpected(illegal_argument(
                "requirement failed: Invalid entity config: all configs to be added must be in the "
                "format \"key=val\" or  \"key=[val1,val2]\" to group values which contain "
                "commas."));
        }
        pairs[std::string(java::trim(parts[0]))] = without_brackets(parts[1]);
    }
    return pairs;
}

tool_result<changes> changes_of(const command_line& line) {
    changes wanted;
    if (const auto file = line.value("add-config-file")) {
        auto read = read_properties_file(*file);
        if (!read) return std::unexpected(read.error());
        wanted.add = std::move(*read);
    }
    if (const auto text = line.value("add-config")) {
        auto pairs = parse_pairs(*text);
        if (!pairs) return std::unexpected(pairs.error());
        wanted.add = std::move(*pairs);
    }
    for (const auto& [key, value] : wanted.add) {
        if (is_key(key)) continue;
        return std::unexpected(illegal_argument("Invalid character found for config key: " + key));
    }
    for (const auto& list : line.values("delete-config")) {
        for (const auto& key : java::split(list, ",")) {
            if (!key.empty()) wanted.remove.emplace_back(java::trim(key));
        }
    }
    return wanted;
}

}  // namespace weir::cli::tools::entities
