/// Where pages are made apart from the loops that answer everything else.
package protocol PageExecutor: AnyObject, Sendable {
    /// Whether a page for this peer would be made soon.
    ///
    /// Two loops that ask at once may both get the last place.
    func hasRoom(for peer: Responder.Peer) -> Bool
}
