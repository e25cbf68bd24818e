/// One page of a listing (ListObjectsV2).
struct Listing {
    struct Object {
        let key: String
        let byteCount: Int
        let modifiedAt: Int64
    }

    let objects: [Object]
    /// What asks for the next page; nil on the last one.
    let continuation: String?

    /// Nil for anything but a whole page.
    init?(_ body: [UInt8]) {
        let document = XMLElements(body)
        var objects: [Object] = []
        for element in document.all("Contents") {
            guard let key = element.text("Key"),
                let byteCount = element.text("Size").flatMap({ Int($0) }),
                let modifiedAt = element.text("LastModified").flatMap({ text in
                    // As some write UTC.
                    Self.seconds(text.hasSuffix("+00:00") ? "\(text.dropLast(6))Z" : text)
                })
            else { return nil }
            objects.append(Object(key: key, byteCount: byteCount, modifiedAt: modifiedAt))
        }
        self.objects = objects
        let token = document.text("NextContinuationToken").flatMap { $0.isEmpty ? nil : $0 }
        switch document.text("IsTruncated")?.lowercased() {
        case "false": continuation = nil
        case "true":
            guard let token else { return nil }
            continuation = token
        case nil:
            // Some servers leave it out, on the last page or everywhere.
            guard document.isWhole("ListBucketResult"),
                !objects.isEmpty || ["Name", "KeyCount", "MaxKeys"].contains(where: document.contains)
            else { return nil }
            continuation = token
        default: return nil
        }
    }

    /// The seconds since 1970 of a time like `2026-11-22T16:28:56.000Z`.
    ///
    /// Days are counted by Howard Hinnant's `days_from_civil`
    /// (https://howardhinnant.github.io/date_algorithms.html).
    static func seconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T"), bytes.last == UInt8(ascii: "Z")
        else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            Int64(String(decoding: bytes[range], as: UTF8.self))
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return days * 86_400 + hour * 3600 + minute * 60 + second
    }
}
