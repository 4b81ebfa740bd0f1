"""The codecs of record batches through their C libraries, which the broker is linked with anyway:
to make what no client would send."""
import ctypes
import struct
import zlib

NONE, GZIP, SNAPPY, LZ4, ZSTD = range(5)

_zstd = ctypes.CDLL("libzstd.so.1")
_zstd.ZSTD_compressBound.restype = _zstd.ZSTD_compress.restype = ctypes.c_size_t
_zstd.ZSTD_compressBound.argtypes = [ctypes.c_size_t]
_zstd.ZSTD_compress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t,
                                ctypes.c_int]
_zstd.ZSTD_isError.argtypes = [ctypes.c_size_t]
_lz4 = ctypes.CDLL("liblz4.so.1")
_lz4.LZ4F_compressFrameBound.restype = _lz4.LZ4F_compressFrame.restype = ctypes.c_size_t
_lz4.LZ4F_compressFrameBound.argtypes = [ctypes.c_size_t, ctypes.c_void_p]
_lz4.LZ4F_compressFrame.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p,
                                    ctypes.c_size_t, ctypes.c_void_p]
_lz4.LZ4F_isError.argtypes = [ctypes.c_size_t]
_snappy = ctypes.CDLL("libsnappy.so.1")
_snappy.snappy_max_compressed_length.restype = ctypes.c_size_t
_snappy.snappy_max_compressed_length.argtypes = [ctypes.c_size_t]
_snappy.snappy_compress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p,
                                    ctypes.POINTER(ctypes.c_size_t)]


def gzip(data, level=9):
    packer = zlib.compressobj(level, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def gzip_of_zeros(count):
    """A gzip member that inflates to so many zeros; they are never all in memory here."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    million = b"\0" * 1_000_000
    packed = b"".join(packer.compress(million) for _ in range(count // 1_000_000))
    return packed + packer.flush()


def zstd(data, level=3):
    out = ctypes.create_string_buffer(_zstd.ZSTD_compressBound(len(data)))
    size = _zstd.ZSTD_compress(out, len(out), data, len(data), level)
    assert not _zstd.ZSTD_isError(size)
    return out.raw[:size]


def lz4(data):
    out = ctypes.create_string_buffer(_lz4.LZ4F_compressFrameBound(len(data), None))
    size = _lz4.LZ4F_compressFrame(out, len(out), data, len(data), None)
    assert not _lz4.LZ4F_isError(size)
    return out.raw[:size]


def snappy(data):
    size = ctypes.c_size_t(_snappy.snappy_max_compressed_length(len(data)))
    out = ctypes.create_string_buffer(size.value)
    assert _snappy.snappy_compress(data, len(data), out, ctypes.byref(size)) == 0
    return out.raw[:size.value]


def xerial(blocks):
    """Snappy as the Java clients frame it."""
    framed = b"\x82SNAPPY\0" + struct.pack(">ii", 1, 1)
    return framed + b"".join(struct.pack(">i", len(each)) + each for each in blocks)


PACKERS = {NONE: bytes, GZIP: gzip, SNAPPY: snappy, LZ4: lz4, ZSTD: zstd}
