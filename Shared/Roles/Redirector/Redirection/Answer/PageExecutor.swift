/// Makes pages outside the loops that answer everything else.
package protocol PageExecutor: AnyObject, Sendable {
    /// Whether a page for this peer would be made soon.
    ///
    /// Two loops that ask at once may both be promised the last slot.
    func hasRoom(for peer: Responder.Peer) -> Bool
}
