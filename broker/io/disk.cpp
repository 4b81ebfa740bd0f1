#include "broker/io/disk.hpp"

#include <cerrno>

namespace weir::broker::io {
namespace {

disk_result<std::shared_ptr<file>> write_whole(disk& on, const std::string& path,
                                               base::bytes_view content) {
    auto opened = on.open(path, open_mode::create);
    if (!opened) return opened;
    const base::bytes_view pieces[] = {content};
    if (auto cut = (*opened)->truncate(0); !cut) return std::unexpected(cut.error());
    if (auto written = (*opened)->write_at(0, pieces); !written) {
        return std::unexpected(written.error());
    }
    return opened;
}

std::string directory_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? std::string(".") : path.substr(0, slash);
}

}  // namespace

disk_result<base::bytes> read_file(disk& from, const std::string& path, std::uint64_t size_max) {
    auto opened = from.open(path, open_mode::read);
    if (!opened) return std::unexpected(opened.error());
    const auto size = (*opened)->size();
    if (!size) return std::unexpected(size.error());
    if (*size > size_max) {
        return std::unexpected(
            disk_error{.code = EFBIG, .message = "read " + path + ": too large"});
    }
    base::bytes content(*size);
    const auto read = (*opened)->read_at(0, content);
    if (!read) return std::unexpected(read.error());
    content.resize(*read);
    return content;
}

disk_result<void> overwrite_file(disk& on, const std::string& path, base::bytes_view content) {
    const auto written = write_whole(on, path, content);
    if (!written) return std::unexpected(written.error());
    return {};
}

disk_result<void> replace_file(disk& on, const std::string& path, base::bytes_view content) {
    const auto sibling = path + ".tmp";
    const auto written = write_whole(on, sibling, content);
    if (!written) return std::unexpected(written.error());
    if (auto synced = (*written)->sync(); !synced) return synced;
    if (auto renamed = on.rename(sibling, path); !renamed) return renamed;
    return on.sync_directory(directory_of(path));
}

}  // namespace weir::broker::io
