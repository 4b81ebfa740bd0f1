// What a target of the Prometheus source says: an exposition is read, or refused with its line, and
// keeps its bounds. Input: the format, then the text.
#include "connectors/prometheus/exposition.hpp"
#include "connectors/prometheus/scrape_records.hpp"
#include "tests/fuzz/target.hpp"

namespace weir::fuzz {
namespace {

using namespace connectors::prometheus;

void try_text(bool is_openmetrics, std::string_view text) {
    exposition_limits limits;
    limits.samples_max = 100;
    limits.labels_max = 4;
    exposition out;
    const auto parsed = parse_exposition(text, is_openmetrics, limits, out);
    if (!parsed) return require(!parsed.error().empty());
    require(out.samples.size() <= 100);
    for (const auto& each : out.samples) {
        require(!each.name.empty() && each.family < out.families.size());
        require(each.label_count <= 4);
        require(each.label_first + each.label_count <= out.labels.size());
    }
    for (const bool by_family : {false, true}) {
        scrape_records records(by_family);
        records.add(out, {"target", "instance", 1});
        require(records.records().size() <= out.samples.size());
        require(by_family || records.records().size() == out.samples.size());
    }
}

}  // namespace

std::vector<base::bytes> seeds() {
    std::vector<base::bytes> made;
    const auto add = [&made](std::uint8_t format, std::string_view text) {
        made.push_back(output().put(format).put_bytes(base::as_bytes(text)).take());
    };
    add(0,
        "# HELP a The \\\\ help\\n\n# TYPE a counter\na{b=\"c\",d=\"e\\\"\\n\"} 1027 "
        "1395066363000\n"
        "# TYPE s histogram\ns_bucket{le=\"+Inf\"} 3\ns_sum 1e3\ns_count 3\nx NaN\ny -Inf -1\n");
    add(1, "# TYPE foo counter\nfoo_total 17.0 1520879607.789 # {t=\"a\"} 1\n# EOF\n");
    return made;
}

}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    weir::fuzz::input in(data, size);
    const bool is_openmetrics = in.take_uint8() % 2 == 1;
    const auto text = in.take_rest();
    weir::fuzz::try_text(is_openmetrics, weir::base::as_text(text));
    return 0;
}
