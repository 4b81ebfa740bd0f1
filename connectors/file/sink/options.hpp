// options: what the pipeline file says about a file sink: the table, and its typed form. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "connect/sdk/plugin.hpp"
#include "connectors/file/sink/compressor.hpp"
#include "connectors/file/sink/path_template.hpp"
#include "connectors/file/sink/rows.hpp"

namespace weir::connectors::file::sink {

inline constexpr std::array<sdk::option, 13> option_table = {{
    {.name = "path",
     .required = true,
     .text = "The files, with {topic}, {partition}, {offset}, {key} and {ts:%Y-%m-%d} in it. With "
             "{offset}, the first offset of a file, each record is on the disk exactly once; "
             "without it lines are appended, at least once."},
    {.name = "format",
     .initial = "auto",
     .valid = "auto|json|csv|raw",
     .text = "JSON Lines, CSV, or the bytes of the value with a delimiter; auto is CSV for a path "
             "that ends in .csv, else JSON Lines."},
    {.name = "compression",
     .initial = "auto",
     .valid = "auto|none|gzip|zstd",
     .text = "auto follows the path's ending: .gz, .zst. Needs {offset} in the path."},
    {.name = "delimiter", .initial = "\n", .text = "What ends a record of format raw."},
    {.name = "columns",
     .type = WEIR_OPTION_LIST,
     .text = "The columns of CSV; without it the fields of a file's first record."},
    {.name = "csv.separator", .initial = ",", .text = "One character between cells."},
    {.name = "csv.header",
     .type = WEIR_OPTION_BOOLEAN,
     .initial = "true",
     .text = "Whether a file of CSV begins with the names of its columns."},
    {.name = "roll.size",
     .type = WEIR_OPTION_BYTES,
     .initial = "128MiB",
     .valid = "1..",
     .text = "A file that has so much is finished (as it is on the disk, compressed)."},
    {.name = "roll.every",
     .type = WEIR_OPTION_DURATION,
     .initial = "10m",
     .valid = "1..",
     .text = "A file is finished so long after it was begun."},
    {.name = "roll.idle",
     .type = WEIR_OPTION_DURATION,
     .initial = "1m",
     .valid = "1..",
     .text = "A file that has got no record for so long is finished (without {offset}: closed)."},
    {.name = "keep",
     .type = WEIR_OPTION_INTEGER,
     .initial = "0",
     .valid = "0..1000000",
     .text = "Only so many finished files of each partition stay, the oldest go; 0: all stay."},
    {.name = "max_open",
     .type = WEIR_OPTION_INTEGER,
     .initial = "64",
     .valid = "1..10000",
     .text = "At most so many files are open; the one whose last record is longest ago goes."},
    {.name = "fsync",
     .type = WEIR_OPTION_BOOLEAN,
     .initial = "true",
     .text = "Whether data is on the medium before its offset is committed. Without it a power "
             "failure, not a crash of the program, may lose records."},
}};

struct sink_options {
    path_template path;
    row_options rows;
    compression packing = compression::none;
    std::uint64_t roll_size_bytes = 0;
    std::int64_t roll_every_ms = 0;
    std::int64_t roll_idle_ms = 0;
    std::size_t keep = 0;
    std::size_t open_max = 0;
    bool sync = true;
    std::string component;
};

// An option and what is wrong with it.
using finding = std::pair<std::string, std::string>;
// The options hold when nothing was found.
sink_options read_options(const sdk::settings& from, std::vector<finding>& wrong);

}  // namespace weir::connectors::file::sink
