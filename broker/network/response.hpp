// What a handler gives back for a request: bytes, with pieces of files among them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "broker/io/disk.hpp"
#include "broker/protocol/wire.hpp"

namespace weir::broker::network {

// Part of a file, sent from the page cache without passing through the program.
struct file_slice {
    std::shared_ptr<const io::file> from;
    std::uint64_t position = 0;
    std::uint32_t length = 0;
};

struct response {
    // The whole frame, size prefix included; its splices are all external, by index of `slices`.
    protocol::writer frame;
    std::vector<file_slice> slices;
    bool none = false;   // nothing is sent (acks=0)
    bool close = false;  // the connection ends after this
};

}  // namespace weir::broker::network
