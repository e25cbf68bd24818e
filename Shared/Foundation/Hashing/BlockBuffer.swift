/// A hash over a stream of bytes that is processed in blocks.
package protocol StreamHash: Sendable {
    mutating func update(_ bytes: RawSpan)

    /// The digest of everything so far; ends the stream.
    mutating func finalize() -> [UInt8]
}

/// A hash that takes its input block by block.
///
/// The last block waits until more input arrives, even if it is full, because some hashes
/// treat it differently.
protocol BlockHash: StreamHash {
    var blocks: BlockBuffer { get set }
    mutating func compress(_ block: RawSpan)
}

extension BlockHash {
    package mutating func update(_ bytes: RawSpan) {
        var rest = bytes
        blocks.totalByteCount += bytes.byteCount
        if blocks.byteCount > 0 {
            rest = blocks.fill(rest)
            guard rest.byteCount > 0 else { return }
            let block = blocks.take()
            unsafe compress(block.span.bytes)
        }
        let blockByteCount = blocks.blockByteCount
        while rest.byteCount > blockByteCount {
            compress(rest.extracting(first: blockByteCount))
            rest = rest.extracting(droppingFirst: blockByteCount)
        }
        _ = blocks.fill(rest)
    }
}

/// The end of a stream, which waits for more input.
struct BlockBuffer: Sendable {
    let blockByteCount: Int
    /// The size of the whole stream.
    var totalByteCount = 0
    private var bytes: [UInt8] = []

    init(blockByteCount: Int) {
        self.blockByteCount = blockByteCount
        bytes.reserveCapacity(blockByteCount)
    }

    var byteCount: Int { bytes.count }

    /// Adds bytes up to the end of the block, and returns the rest.
    @_lifetime(copy span)
    mutating func fill(_ span: RawSpan) -> RawSpan {
        let count = min(blockByteCount - bytes.count, span.byteCount)
        for offset in 0..<count {
            // Bounds were checked; it is unsafe only because any bits are valid for the type.
            bytes.append(unsafe span.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
        }
        return span.extracting(droppingFirst: count)
    }

    /// Removes and returns the bytes so far.
    mutating func take() -> [UInt8] {
        let taken = bytes
        bytes.removeAll(keepingCapacity: true)
        return taken
    }
}
