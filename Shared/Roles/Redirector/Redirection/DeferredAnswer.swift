/// An answer that takes more than the map, and is made apart from the event loop.
///
/// The connection is on hold meanwhile: nothing that the client sent behind the request is looked at
/// before this answer has gone out.
package struct DeferredAnswer: Sendable {
    /// Makes the bytes of the whole answer, head and body; may read files and take its time.
    ///
    /// Called once, on any thread.
    package let bytes: @Sendable () -> [UInt8]

    package init(_ bytes: @escaping @Sendable () -> [UInt8]) {
        self.bytes = bytes
    }
}
