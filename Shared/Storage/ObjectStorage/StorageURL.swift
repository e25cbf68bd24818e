import URLs

/// Where a deployment stores its blobs, as given by `STORAGE_URL`.
///
/// It only identifies the store. `openStore` of the module ConfiguredStorage opens either kind; a
/// program without libcurl opens folders itself and reads buckets through ``CachedBlobs``.
package enum StorageURL: Equatable, Sendable {
    /// A folder in the local file system, as an absolute path.
    case folder(String)
    /// A bucket of an S3 server, and the prefix of all keys in it.
    ///
    /// `prefix` is empty or has the form of a ``BlobKey``, without a leading or trailing slash.
    case bucket(String, prefix: String)

    /// Parses `file:///absolute/folder`, with `%XX` escapes, and `s3://bucket/optional/prefix`.
    package init(_ text: String) throws(StorageError) {
        if let path = Self.rest(of: text, after: "file://") {
            guard let path = PercentEncoding.decodedText(path), path.hasPrefix("/"), path.count > 1
            else {
                throw .unsupportedURL(PrivateURL(text), reason: "expected file:///absolute/folder")
            }
            self = .folder(path)
        } else if let rest = Self.rest(of: text, after: "s3://") {
            let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let bucket = String(parts[0])
            var prefix = parts.count == 2 ? parts[1] : ""
            if prefix.hasSuffix("/") { prefix.removeLast() }
            guard Self.isBucketName(bucket) else {
                throw .unsupportedURL(
                    PrivateURL(text),
                    reason:
                        "a bucket's name has 3 to 63 of a-z, 0-9, - and "
                        + "., with a letter or digit at "
                        + "both ends; found \"\(PrivateURL(bucket))\""
                )
            }
            guard prefix.isEmpty || (try? BlobKey(String(prefix))) != nil else {
                throw .unsupportedURL(
                    PrivateURL(text),
                    reason:
                        "a prefix is made of letters, digits, '.', '_' and "
                        + "'-', joined by single '/'; "
                        + "found \"\(PrivateURL(String(prefix)))\""
                )
            }
            self = .bucket(bucket, prefix: String(prefix))
        } else {
            throw .unsupportedURL(
                PrivateURL(text),
                reason: "expected file:///absolute/folder or s3://bucket/prefix"
            )
        }
    }

    private static func rest(of text: String, after scheme: String) -> Substring? {
        text.hasPrefix(scheme) ? text.dropFirst(scheme.count) : nil
    }

    /// S3's rule for new buckets: 3 to 63 of `a-z 0-9 - .`, beginning and ending with a letter or
    /// digit.
    private static func isBucketName(_ name: String) -> Bool {
        func isLetterOrDigit(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard (3...63).contains(name.utf8.count), let first = name.utf8.first,
            let last = name.utf8.last, isLetterOrDigit(first), isLetterOrDigit(last)
        else { return false }
        return name.utf8.allSatisfy {
            isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
    }
}

extension StorageURL: CustomStringConvertible {
    package var description: String {
        switch self {
        case .folder(let path): "file://\(path)"
        case .bucket(let name, let prefix):
            prefix.isEmpty ? "s3://\(name)" : "s3://\(name)/\(prefix)"
        }
    }
}
