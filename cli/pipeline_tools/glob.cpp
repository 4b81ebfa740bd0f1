#include "cli/pipeline_tools/glob.hpp"

namespace weir::cli::pipeline_tools {

bool is_glob(std::string_view pattern) {
    return pattern.find_first_of("*?") != std::string_view::npos;
}

// The last * is the only one to go back to: the time is pattern x text at most.
bool glob_matches(std::string_view pattern, std::string_view text) {
    std::size_t at = 0;
    std::size_t in_pattern = 0;
    std::size_t star = std::string_view::npos;
    std::size_t star_text = 0;
    while (at < text.size()) {
        const char wanted = in_pattern < pattern.size() ? pattern[in_pattern] : '\0';
        const bool is_star = in_pattern < pattern.size() && wanted == '*';
        if (is_star) {
            star = in_pattern++;
            star_text = at;
        } else if (in_pattern < pattern.size() && (wanted == '?' || wanted == text[at])) {
            ++in_pattern;
            ++at;
        } else if (star != std::string_view::npos) {
            in_pattern = star + 1;
            at = ++star_text;
        } else {
            return false;
        }
    }
    while (in_pattern < pattern.size() && pattern[in_pattern] == '*')
        ++in_pattern;
    return in_pattern == pattern.size();
}

}  // namespace weir::cli::pipeline_tools
