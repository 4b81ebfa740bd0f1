#include "connectors/file/sink/options.hpp"

#include <algorithm>

namespace weir::connectors::file::sink {
namespace {

constexpr std::size_t delimiter_bytes_max = 64;

compression packing_of(const std::string& chosen, std::string_view path) {
    const bool automatic = chosen == "auto";
    if (chosen == "gzip" || (automatic && path.ends_with(".gz"))) return compression::gzip;
    if (chosen == "zstd" || (automatic && path.ends_with(".zst"))) return compression::zstd;
    return compression::none;
}

row_format format_of(const std::string& chosen, std::string_view path) {
    if (chosen == "csv") return row_format::csv;
    if (chosen == "raw") return row_format::raw;
    for (const std::string_view ending : {".gz", ".zst"}) {
        if (path.ends_with(ending)) path.remove_suffix(ending.size());
    }
    const bool automatic_csv = chosen != "json" && path.ends_with(".csv");
    return automatic_csv ? row_format::csv : row_format::json;
}

void check_rows(const row_options& rows, bool has_offset, std::vector<finding>& wrong) {
    const auto size = rows.delimiter.size();
    if (rows.format == row_format::raw && (size == 0 || size > delimiter_bytes_max))
        wrong.emplace_back("delimiter", "has 1 to 64 bytes");
    if (rows.format != row_format::csv) return;
    if (!has_offset && rows.columns.empty())
        wrong.emplace_back("columns",
                           "are needed where CSV is appended to a file: name them, or put "
                           "{partition} and {offset} into path");
    auto sorted = rows.columns;
    std::ranges::sort(sorted);
    if (std::ranges::adjacent_find(sorted) != sorted.end())
        wrong.emplace_back("columns", "names a column twice");
}

void check_path(const sink_options& options, std::vector<finding>& wrong) {
    if (options.path.has_offset() && !options.path.has_partition())
        wrong.emplace_back("path",
                           "with {offset} needs {partition}, too: each partition counts its own "
                           "offsets");
    if (options.path.has_offset()) return;
    if (options.packing != compression::none)
        wrong.emplace_back("compression",
                           "needs {offset} in path: a compressed file is finished once and not "
                           "appended to");
    if (options.keep > 0)
        wrong.emplace_back("keep", "needs {offset} in path: without it no file is ever finished");
}

}  // namespace

sink_options read_options(const sdk::settings& from, std::vector<finding>& wrong) {
    sink_options out;
    const auto path = from.text("path");
    auto parsed = path_template::parse(path);
    if (parsed)
        out.path = std::move(*parsed);
    else
        wrong.emplace_back("path", parsed.error());
    out.component = harmless(from.component());
    out.packing = packing_of(from.text("compression"), path);
    out.rows.format = format_of(from.text("format"), path);
    out.rows.delimiter = from.text("delimiter");
    out.rows.columns = from.list("columns");
    const auto separator = from.text("csv.separator");
    const bool fits = separator.size() == 1 && separator.find_first_of("\"\r\n") == separator.npos;
    if (fits)
        out.rows.separator = separator[0];
    else
        wrong.emplace_back("csv.separator", "is one character, and no quote or line break");
    out.rows.header = from.boolean("csv.header");
    const auto at_least_one = [&from, &wrong](const char* name) {
        const auto number = from.integer(name);
        if (number < 1) wrong.emplace_back(name, "is at least 1");
        return std::max<std::int64_t>(number, 1);
    };
    out.roll_size_bytes = static_cast<std::uint64_t>(at_least_one("roll.size"));
    out.roll_every_ms = at_least_one("roll.every");
    out.roll_idle_ms = at_least_one("roll.idle");
    out.open_max = static_cast<std::size_t>(at_least_one("max_open"));
    out.keep = static_cast<std::size_t>(std::max<std::int64_t>(from.integer("keep"), 0));
    out.sync = from.boolean("fsync");
    if (parsed) check_path(out, wrong);
    check_rows(out.rows, parsed && out.path.has_offset(), wrong);
    return out;
}

}  // namespace weir::connectors::file::sink
