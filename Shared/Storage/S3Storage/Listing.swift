import Time

/// One page of a listing (ListObjectsV2).
struct Listing {
    struct Object {
        let key: String
        let byteCount: Int
        let modifiedAt: Int64
        /// As in the listing; nil if it has none.
        let tag: String?
    }

    let objects: [Object]
    /// The token for the next page; nil on the last one.
    let continuation: String?

    /// Nil unless `body` is a complete page.
    init?(_ body: [UInt8]) {
        let document = XMLElements(body)
        var objects: [Object] = []
        for element in document.all("Contents") {
            guard let key = element.text("Key"),
                let byteCount = element.text("Size").flatMap({ Int($0) }),
                let modifiedAt = element.text("LastModified").flatMap({ text in
                    // Some servers write UTC this way.
                    let text = text.hasSuffix("+00:00") ? "\(text.dropLast(6))Z" : text
                    return Timestamp(rfc3339: Array(text.utf8).span)
                })
            else { return nil }
            objects.append(
                Object(
                    key: key,
                    byteCount: byteCount,
                    modifiedAt: modifiedAt.secondsSinceEpoch,
                    tag: element.text("ETag").flatMap { $0.isEmpty ? nil : $0 }
                )
            )
        }
        self.objects = objects
        let token = document.text("NextContinuationToken").flatMap { $0.isEmpty ? nil : $0 }
        switch document.text("IsTruncated")?.lowercased() {
        case "false": continuation = nil
        case "true":
            guard let token else { return nil }
            continuation = token
        case nil:
            // Some servers omit it, on the last page or everywhere.
            guard document.isWhole("ListBucketResult"),
                !objects.isEmpty
                    || ["Name", "KeyCount", "MaxKeys"].contains(where: document.contains)
            else { return nil }
            continuation = token
        default: return nil
        }
    }
}
