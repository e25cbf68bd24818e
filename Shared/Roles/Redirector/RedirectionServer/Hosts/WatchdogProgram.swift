import Bytes
package import FunctionRuntime
import Glibc
import JSON
import Redirection

/// The redirector behind OpenFaaS's classic watchdog, which runs a process for each request and
/// cannot pass on a status or headers: any output is the body of a 200.
///
/// So a browser gets a page with the link, and a program that prefers JSON gets `{"status": 302,
/// "location": "…", "alternatives": ["…"]}`. This makes `faas-cli invoke` useful, and a wrong image
/// recognisable; to redirect, deploy the function without that watchdog.
package enum WatchdogProgram {
    /// Whether the classic watchdog started this process: it spells its variables like no web
    /// server does.
    package static var isCalled: Bool { unsafe getenv("Http_Method") != nil }

    /// Answers the request of this process.
    package static func run(_ settings: RedirectorSettings) throws(FunctionError) {
        let accept = variable("HTTP_ACCEPT") ?? []
        try CGIProgram.run(settings, reading: variable) { answer in
            body(presenting: answer, accept: accept)
        }
    }

    /// The variable of a CGI program under the watchdog's name.
    ///
    /// The method is always GET, because clients of the gateway call functions with POST.
    private static func variable(_ name: String) -> [UInt8]? {
        let watchdogName: String
        switch name {
        case "REQUEST_METHOD": return Array("GET".utf8)
        case "PATH_INFO": watchdogName = "Http_Path"
        case "QUERY_STRING": watchdogName = "Http_Query"
        default:
            guard name.hasPrefix("HTTP_") else { return nil }
            let words = name.dropFirst(5).split(separator: "_").map { word in
                word.prefix(1) + word.dropFirst().lowercased()
            }
            watchdogName = "Http_" + words.joined(separator: "_")
        }
        guard let value = unsafe getenv(watchdogName) else { return nil }
        return unsafe Array(UnsafeRawBufferPointer(start: value, count: strlen(value)))
    }

    /// The output instead of a CGI answer, for a client that accepts `accept`.
    static func body(presenting answer: [UInt8], accept: [UInt8]) -> [UInt8] {
        let (head, page) = answer.splitAtEmptyLine() ?? (answer[...], [])
        guard AcceptedTypes(accept.span).prefersJSON else { return Array(page) }
        var fields: [Substring: Substring] = [:]
        for line in String(decoding: head, as: UTF8.self).split(separator: "\r\n") {
            let pair = line.split(separator: ":", maxSplits: 1)
            guard pair.count == 2 else { continue }
            fields[pair[0]] = pair[1].drop { $0 == " " }
        }
        let status = fields["Status"].flatMap { Int64($0.prefix(3)) } ?? 200
        var object: JSONObject = ["status": .integer(status)]
        if let location = fields["Location"] {
            object["location"] = .string(String(location))
            // The type is explicit, because a literal nil would be JSON's null.
            let links = fields["Link"]?.split(separator: "<").compactMap { link -> String? in
                guard let end = link.firstIndex(of: ">"),
                    link[end...].split(separator: ";").contains(" rel=duplicate")
                else { return nil }
                return String(link[..<end])
            }
            // The chosen one is among them.
            let others = (links ?? []).filter { $0 != location }
            object["alternatives"] = .array(others.map { .string($0) })
        } else {
            object["text"] = .string(String(decoding: page, as: UTF8.self))
        }
        return JSONValue.object(object).serialized() + [0x0A]
    }
}
