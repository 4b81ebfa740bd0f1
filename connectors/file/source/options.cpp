#include "connectors/file/source/options.hpp"

#include <algorithm>
#include <array>

#include "connectors/file/source/family.hpp"
#include "connectors/file/source/line_start.hpp"

namespace weir::connectors::file {
namespace {

using sdk::option;

constexpr option table[] = {
    {.name = "paths",
     .type = WEIR_OPTION_LIST,
     .required = true,
     .text = "Files to follow: paths with *, ?, [a-z] and ** (any number of directories)."},
    {.name = "exclude",
     .type = WEIR_OPTION_LIST,
     .text = "Patterns of files that are left out; without a slash they are about the file name."},
    {.name = "rotated",
     .type = WEIR_OPTION_LIST,
     .text = "Names of the rotated generations of a log, which are read to their end even when "
             "they came while nobody watched: {path}, {dir}, {name}, {stem}, {ext} and wildcards. "
             "By default "
             "the numbers and dates of logrotate and its like, .old, .gz and .zst."},
    {.name = "read_from",
     .initial = "beginning",
     .valid = "beginning|end",
     .text =
         "Where files begin that are there at the very first start; later ones are read whole."},
    {.name = "ignore_older",
     .type = WEIR_OPTION_DURATION,
     .text = "Files that were not changed for so long are left alone until they are changed."},
    {.name = "max_line_bytes",
     .type = WEIR_OPTION_BYTES,
     .initial = "1MiB",
     .valid = "16..67108864",
     .text = "The longest line, or event of several lines."},
    {.name = "long_lines",
     .initial = "cut",
     .valid = "cut|dead_letter|skip",
     .text = "A longer line: its beginning is the record; or it is a bad record, with path and "
             "offset; or it is left out and counted."},
    {.name = "multiline.start",
     .text = "A regular expression (RE2): lines that match begin an event, others continue it."},
    {.name = "multiline.timeout",
     .type = WEIR_OPTION_DURATION,
     .initial = "1s",
     .valid = "1..",
     .text = "An event is complete when nothing was appended for so long."},
    {.name = "multiline.max_lines",
     .type = WEIR_OPTION_INTEGER,
     .initial = "1000",
     .valid = "1..1000000",
     .text = "The most lines of one event; more are an event of their own."},
    {.name = "fields",
     .type = WEIR_OPTION_LIST,
     .text = "What is added to each line: path, host, offset."},
    {.name = "into",
     .initial = "value",
     .valid = "value|headers",
     .text = "Where fields go: a struct with the line as message, or headers."},
    {.name = "open_files_max",
     .type = WEIR_OPTION_INTEGER,
     .initial = "512",
     .valid = "4..100000",
     .text = "The most files open at once; those idle longest are closed."},
    {.name = "rescan",
     .type = WEIR_OPTION_DURATION,
     .initial = "10s",
     .valid = "10..",
     .text = "How often the directories are listed, besides what the system reports."},
    {.name = "rotate_wait",
     .type = WEIR_OPTION_DURATION,
     .initial = "1s",
     .text = "How long a rotated or deleted file may be silent before it counts as complete."},
    {.name = "forget_after",
     .type = WEIR_OPTION_DURATION,
     .initial = "1m",
     .text = "How long the position of a file that is gone is kept, in case it comes back."},
};

constexpr std::array<std::string_view, 5> default_rotated = {
    "{path}[.-][0-9]*", "{path}.old", "{path}.gz", "{path}.zst", "{stem}[.-][0-9]*{ext}*"};

constexpr std::array<std::string_view, 3> field_names = {"path", "host", "offset"};

}  // namespace

std::span<const option> source_options() {
    return table;
}

settings_of_source read_settings(const sdk::settings& from) {
    settings_of_source out;
    out.paths = from.list("paths");
    out.exclude = from.list("exclude");
    out.rotated = from.has("rotated") ? from.list("rotated")
                                      : std::vector<std::string>(std::begin(default_rotated),
                                                                 std::end(default_rotated));
    out.from_end = from.text("read_from") == "end";
    out.ignore_older = from.duration("ignore_older");
    out.line_bytes_max = static_cast<std::size_t>(from.integer("max_line_bytes"));
    const auto policy = from.text("long_lines");
    out.long_lines = policy == "skip"          ? long_line::skip
                     : policy == "dead_letter" ? long_line::dead_letter
                                               : long_line::cut;
    out.start_pattern = from.text("multiline.start");
    out.join_timeout = from.duration("multiline.timeout");
    out.join_lines_max = static_cast<std::size_t>(from.integer("multiline.max_lines"));
    for (const auto& field : from.list("fields")) {
        out.place = from.text("into") == "headers" ? field_place::headers : field_place::value;
        out.with_path = out.with_path || field == "path";
        out.with_host = out.with_host || field == "host";
        out.with_offset = out.with_offset || field == "offset";
    }
    out.open_files_max = static_cast<std::size_t>(from.integer("open_files_max"));
    out.rescan = from.duration("rescan");
    out.rotate_wait = from.duration("rotate_wait");
    out.forget_after = from.duration("forget_after");
    return out;
}

void check_settings(const sdk::settings& from, sdk::problems& into) {
    const auto paths = from.list("paths");
    if (paths.empty()) into.add("paths", "names no file");
    for (const auto& each : paths) {
        if (each.empty()) into.add("paths", "has an empty path");
    }
    for (const auto& each : from.list("fields")) {
        if (std::ranges::find(field_names, each) == field_names.end())
            into.add("fields", "\"" + each + "\" is not one of path, host, offset");
    }
    for (const auto& each : from.list("rotated")) {
        const auto problem = rotation_rules::problem_of(each);
        if (!problem.empty()) into.add("rotated", "\"" + each + "\" " + problem);
    }
    const auto start = from.text("multiline.start");
    if (!start.empty()) {
        const line_start made(start);
        if (!made.problem().empty()) into.add("multiline.start", made.problem());
    }
}

}  // namespace weir::connectors::file
