// Hex, and tables of tab-separated values: what golden files are made of.
#pragma once

#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace weir::golden {

inline base::bytes from_hex(std::string_view text) {
    const auto digit = [](char letter) {
        return letter <= '9' ? letter - '0' : (letter | 0x20) - 'a' + 10;
    };
    base::bytes out;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
        out.push_back(static_cast<std::byte>(digit(text[at]) * 16 + digit(text[at + 1])));
    }
    return out;
}

inline std::string to_hex(base::bytes_view data) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const auto each : data) {
        out += digits[static_cast<unsigned>(each) >> 4];
        out += digits[static_cast<unsigned>(each) & 15];
    }
    return out;
}

using row = std::map<std::string, std::string>;

// The rows of a file whose first line names the columns. Throws when it cannot be read.
inline std::vector<row> read_table(const std::string& path) {
    std::ifstream in(path);
    if (!in) throw std::runtime_error(path + ": cannot be read");
    const auto split = [](const std::string& line) {
        std::vector<std::string> fields(1);
        for (const char letter : line) {
            if (letter == '\t') {
                fields.emplace_back();
            } else {
                fields.back() += letter;
            }
        }
        return fields;
    };
    std::string line;
    std::getline(in, line);
    const auto names = split(line);
    std::vector<row> rows;
    while (std::getline(in, line)) {
        const auto fields = split(line);
        row each;
        for (std::size_t index = 0; index < names.size() && index < fields.size(); ++index) {
            each[names[index]] = fields[index];
        }
        rows.push_back(std::move(each));
    }
    return rows;
}

}  // namespace weir::golden
