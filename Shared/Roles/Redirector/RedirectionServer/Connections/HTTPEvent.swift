import Bytes
package import JSON

/// A request to a function URL or a load balancer, as an AWS Lambda event.
///
/// Function URLs and HTTP APIs with payload 2.0 have `rawPath`; an Application Load Balancer has
/// `path`. Both leave the path as the client wrote it. An HTTP API does not: it decodes the path,
/// so that `%252F` becomes `%2F`, and whatever follows a decoded `?` is lost. Don't put one in
/// front.
package struct HTTPEvent {
    /// The bytes of the request's head, as a client would send them.
    package let head: [UInt8]
    /// Whether the answer needs a status description, as a load balancer requires.
    package let isFromLoadBalancer: Bool

    /// Nil if the event is of another kind, or contains bytes that would end a line of a head.
    package init?(_ event: JSONValue) {
        guard case .object(let event) = event else { return nil }
        let fields = Self.fields(of: event)
        let method: String
        var target: String
        var query: String
        let source: String?
        if case .string(let path)? = event["rawPath"] {
            guard case .object(let context)? = event["requestContext"],
                case .object(let http)? = context["http"],
                case .string(let name)? = http["method"]
            else { return nil }
            method = name
            target = path
            query = event.string("rawQueryString") ?? ""
            source = http.string("sourceIp")
            isFromLoadBalancer = false
        } else if case .string(let path)? = event["path"],
            case .string(let name)? = event["httpMethod"]
        {
            method = name
            target = path
            query = Self.query(of: event)
            // The load balancer's own X-Forwarded-For ends with the address.
            source = nil
            isFromLoadBalancer = true
        } else {
            return nil
        }
        if !query.isEmpty { target += "?\(query)" }
        var lines = ["\(method) \(target) HTTP/1.1"]
        var names: Set<String> = ["connection", "content-length", "transfer-encoding", "expect"]
        if let client = Self.client(fields, source) {
            lines.append("X-Forwarded-For: \(client)")
            names.formUnion(["x-forwarded-for", "forwarded"])
        }
        var hasHost = false
        for (name, value) in fields where !names.contains(name) {
            hasHost = hasHost || name == "host"
            lines.append("\(name): \(value)")
        }
        if !hasHost { lines.append("Host: localhost") }
        guard !Self.hasSpace(method), !Self.hasSpace(target),
            lines.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x09 } })
        else { return nil }
        head = Array((lines.joined(separator: "\r\n") + "\r\nConnection: close\r\n\r\n").utf8)
    }

    /// The client's address, from CloudFront or the caller; nil if a header has it.
    private static func client(_ fields: [(name: String, value: String)], _ source: String?)
        -> String?
    {
        guard let viewer = fields.first(where: { $0.name == "cloudfront-viewer-address" }) else {
            return source
        }
        // The port follows the last colon, even for an IPv6 address.
        return viewer.value.lastIndex(of: ":").map { String(viewer.value[..<$0]) } ?? source
    }

    /// The headers, with names in lower case; a load balancer may send several values for each.
    private static func fields(of event: JSONObject) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        if case .object(let lists)? = event["multiValueHeaders"] {
            for member in lists.members {
                guard case .array(let values) = member.value else { continue }
                for case .string(let value) in values {
                    fields.append((member.key.lowercased(), value))
                }
            }
            return fields
        }
        guard case .object(let headers)? = event["headers"] else { return [] }
        for member in headers.members {
            if case .string(let value) = member.value {
                fields.append((member.key.lowercased(), value))
            }
        }
        return fields
    }

    /// The query of a load balancer's event, which keeps its parts encoded.
    private static func query(of event: JSONObject) -> String {
        var parts: [String] = []
        if case .object(let lists)? = event["multiValueQueryStringParameters"] {
            for member in lists.members {
                guard case .array(let values) = member.value else { continue }
                for case .string(let value) in values { parts.append(part(member.key, value)) }
            }
        } else if case .object(let values)? = event["queryStringParameters"] {
            for member in values.members {
                if case .string(let value) = member.value { parts.append(part(member.key, value)) }
            }
        }
        return parts.joined(separator: "&")
    }

    private static func part(_ name: String, _ value: String) -> String {
        value.isEmpty ? name : "\(name)=\(value)"
    }

    private static func hasSpace(_ text: String) -> Bool {
        text.utf8.contains { $0 <= 0x20 || $0 == 0x7F }
    }
}

extension HTTPEvent {
    /// The Lambda result for `answer`, an HTTP/1.1 answer; nil if it is malformed.
    package func result(of answer: [UInt8]) -> JSONValue? {
        guard let (head, body) = answer.splitAtEmptyLine() else { return nil }
        var lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")[...]
        let words = lines.popFirst()?.split(separator: " ", maxSplits: 2) ?? []
        guard words.count == 3, let status = Int64(words[1]) else { return nil }
        var headers = JSONObject()
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let name = line[..<colon].lowercased()
            // Added by whatever forwards the answer.
            if ["connection", "content-length", "date", "keep-alive"].contains(name) { continue }
            let value = String(line[line.index(after: colon)...].drop { $0 == " " })
            if case .string(let first)? = headers[name] {
                headers[name] = .string("\(first), \(value)")
            } else {
                headers[name] = .string(value)
            }
        }
        var result: JSONObject = [
            "statusCode": .integer(status), "headers": .object(headers),
            "body": .string(String(decoding: body, as: UTF8.self)), "isBase64Encoded": false,
        ]
        if isFromLoadBalancer { result["statusDescription"] = .string("\(status) \(words[2])") }
        return .object(result)
    }
}

extension JSONObject {
    fileprivate func string(_ key: String) -> String? {
        guard case .string(let text)? = self[key] else { return nil }
        return text
    }
}
