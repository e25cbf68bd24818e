import Bytes
import JSON
import Redirection

// The functions of redirector.wasm. It imports nothing; a host needs only these and the memory.
//
// The host writes the head of a request to `edge_head()` and calls `edge_answer`. It writes a blob
// to memory from `edge_allocate` and calls `edge_take`, which takes ownership. Results are at
// `edge_text()`. Call from one thread. Any call may grow the memory, so make new views of it after
// each.

/// The maximum length of a head: the parser's limits and the empty line that ends it.
private let headCapacity = RequestParser.requestLineLimit + RequestParser.headersLimit + 4

private nonisolated(unsafe) let headBuffer = UnsafeMutableRawPointer.allocate(
    byteCount: headCapacity,
    alignment: 16
)
private nonisolated(unsafe) var edge: Edge?
private nonisolated(unsafe) var textBuffer = unsafe UnsafeMutableRawBufferPointer(
    start: nil,
    count: 0
)

/// Puts `bytes` where the host reads them, and returns their count.
private func give(_ bytes: Span<UInt8>) -> Int32 {
    if unsafe textBuffer.count < bytes.count {
        unsafe textBuffer.deallocate()
        unsafe textBuffer = .allocate(byteCount: max(bytes.count * 2, 4096), alignment: 16)
    }
    unsafe bytes.withUnsafeBytes { unsafe textBuffer.copyMemory(from: $0) }
    return Int32(clamping: bytes.count)
}

private func give(_ string: String) -> Int32 {
    let bytes = Array(string.utf8)
    return give(bytes.span)
}

private func seconds(_ now: Double) -> Int64 {
    // An implausible time counts as none.
    now >= 0 && now < 253_402_300_800 ? Int64(now) : 0
}

private func string(_ start: UnsafeRawPointer, _ count: Int32) -> String {
    unsafe String(
        decoding: UnsafeRawBufferPointer(start: start, count: Int(max(count, 0))),
        as: UTF8.self
    )
}

/// Memory for `count` bytes.
///
/// Ownership returns with `edge_take`, `edge_configure` or `edge_release`.
@c(edge_allocate)
public func edgeAllocate(_ count: Int32) -> UnsafeMutableRawPointer {
    .allocate(byteCount: max(Int(count), 1), alignment: 16)
}

@c(edge_release)
public func edgeRelease(_ start: UnsafeMutableRawPointer) {
    unsafe start.deallocate()
}

/// Where the host writes the head of a request, 24 kB at most.
@c(edge_head)
public func edgeHead() -> UnsafeMutableRawPointer { unsafe headBuffer }

@c(edge_head_capacity)
public func edgeHeadCapacity() -> Int32 { Int32(headCapacity) }

/// Where the text of the last call is.
@c(edge_text)
public func edgeText() -> UnsafeMutableRawPointer? { unsafe textBuffer.baseAddress }

/// Starts over with the configuration, a JSON object.
///
/// Returns 0, or the length of the error text.
@c(edge_configure)
public func edgeConfigure(_ start: UnsafeMutableRawPointer, _ count: Int32) -> Int32 {
    let blob = unsafe StableBytes(start: start, byteCount: Int(count)) { start, _ in
        unsafe start.deallocate()
    }
    guard case .object(let object)? = try? JSONValue(parsing: blob.array) else {
        return give("the configuration is no JSON object")
    }
    do throws(EdgeSettings.Problem) {
        unsafe edge = Edge(try EdgeSettings(json: object))
        return 0
    } catch {
        return give(error.text)
    }
}

/// Answers the request whose head has `count` bytes; `now` is in seconds since 1970.
///
/// Returns the length of the answer, HTTP/1.1. A negative result is the length of a key: fetch that
/// blob, then ask again; without patience (0) if there is no more time.
@c(edge_answer)
public func edgeAnswer(_ count: Int32, _ now: Double, _ isPatient: Int32) -> Int32 {
    guard let edge = unsafe edge, count >= 0, Int(count) <= headCapacity else { return 0 }
    let head = unsafe UnsafeRawBufferPointer(start: headBuffer, count: Int(count))
    let bytes = unsafe Span<UInt8>(_unsafeBytes: head)
    switch edge.answer(bytes, now: seconds(now), isPatient: isPatient != 0) {
    case .answer: return give(edge.answer.span)
    case .wants(let key): return -give(key)
    }
}

/// Takes a blob, preceded in memory by its key.
///
/// Returns 0, or the length of the error text.
@c(edge_take)
public func edgeTake(
    _ key: UnsafeMutableRawPointer,
    _ keyCount: Int32,
    _ start: UnsafeMutableRawPointer,
    _ count: Int32,
    _ now: Double,
    _ isVerified: Int32
) -> Int32 {
    let blob = unsafe StableBytes(start: start, byteCount: Int(count)) { start, _ in
        unsafe start.deallocate()
    }
    let name = unsafe string(key, keyCount)
    unsafe key.deallocate()
    guard let edge = unsafe edge else { return give("not configured") }
    do throws(Edge.Refusal) {
        try edge.take(name, blob, now: seconds(now), verifying: isVerified == 0)
        return 0
    } catch {
        return give("\(name): \(error.text)")
    }
}

/// Reports that a blob could not be fetched; `isAbsent` if storage does not have it.
@c(edge_miss)
public func edgeMiss(
    _ key: UnsafeMutableRawPointer,
    _ keyCount: Int32,
    _ isAbsent: Int32,
    _ now: Double
) {
    let name = unsafe string(key, keyCount)
    unsafe key.deallocate()
    unsafe edge?.miss(name, isAbsent: isAbsent != 0, now: seconds(now))
}

/// The length of the list of keys, one a line, that the host should revalidate from time to time.
@c(edge_watched)
public func edgeWatched() -> Int32 {
    guard let edge = unsafe edge else { return 0 }
    var text = ""
    for key in edge.watchedKeys { text += text.utf8.isEmpty ? key : "\n\(key)" }
    return give(text)
}
