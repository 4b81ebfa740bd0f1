// substitution: ${env:NAME}, ${env:NAME:-default} and ${file:path} in the texts of a document.
// $${ is ${ itself. A ${...} without a colon is none of ours (TimestampRouter's ${topic}) and
// stays; but ${NAME} in capitals is taken for a forgotten env:.
//
// What comes out of ${...} is a secret: no error, log or answer shows it. Pure but for the
// functions it is given.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"

namespace weir::config {

struct substitution_sources {
    // The variable's value; nothing when it is not set.
    std::function<std::optional<std::string>(const std::string& name)> environment;
    // The file's content; the error says why it cannot be read.
    std::function<std::expected<std::string, std::string>(const std::string& path)> file;
};

struct substituted {
    std::string text;
    std::vector<std::string> secrets;
};

// The error is a sentence without any value.
std::expected<substituted, std::string> substitute(std::string_view written,
                                                   const substitution_sources& from);

// All texts of `value` and what is in it. `key` is how errors name it.
void substitute_all(document_value& value, const std::string& key, const substitution_sources& from,
                    std::vector<problem>& errors);

// Those that are long enough to be looked for in texts (a shorter one would make holes all over
// them and hide nothing), the longest first, as one may be a part of another.
std::vector<std::string> hidden_texts(std::vector<std::string> secrets);

// `text` with every secret in it replaced by ****.
std::string without_secrets(std::string text, const std::vector<std::string>& secrets);

}  // namespace weir::config
