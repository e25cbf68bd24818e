import HTTPTransport
package import ObjectStorage

extension S3Store {
    /// The maximum number of pages of one listing: 100 million blobs.
    private static let pageLimit = 100_000

    package func entries(prefix: String) throws(StorageError) -> [BlobEntry] {
        let operation = "list \(prefix.isEmpty ? "everything" : prefix)"
        var entries: [BlobEntry] = []
        var continuation: String?
        var seen: Set<String> = []
        // One time limit for all pages, including retries.
        var attempts = Attempts(at: operation, limits: limits)
        repeat {
            let url = location.listingURL(prefix: prefix, continuation: continuation)
            let response = try send(
                HTTPRequest(.get, url, headers: Self.withoutPayload),
                &attempts
            )
            guard response.status == 200, let page = Listing(response.body) else {
                throw unexpected(response, operation)
            }
            for object in page.objects where object.key.hasPrefix(location.prefix) {
                // Keys that are not valid for blobs belong to somebody else.
                let name = String(object.key.dropFirst(location.prefix.count))
                guard name.hasPrefix(prefix), let key = try? BlobKey(name) else { continue }
                entries.append(
                    BlobEntry(
                        key: key,
                        byteCount: object.byteCount,
                        modifiedAt: object.modifiedAt,
                        tag: object.tag.map { EntityTag($0) }
                    )
                )
            }
            if let next = page.continuation {
                guard seen.insert(next).inserted, seen.count < Self.pageLimit else {
                    throw .unexpectedAnswer(
                        operation: operation,
                        reason: "its listing has no end: page \(seen.count + 1) leads to "
                            + "\(seen.count < Self.pageLimit ? "one before it" : "yet another")"
                    )
                }
            }
            continuation = page.continuation
        } while continuation != nil
        return entries.sorted { $0.key < $1.key }
    }
}
