import HTTPTransport
import ObjectStorage

/// What a response of an S3 server, or the lack of one, means for an operation.
enum ResponseOutcome {
    /// 200, 204, 206, 304, 404 for a key, 412, 416: the operation handles these.
    case answered(HTTPResponse)
    /// It may succeed next time.
    case retry(reason: String, after: Double?)
    /// The server does not support checksum headers.
    case refusesChecksums(reason: String)
    case failed(StorageError)
}

extension ResponseOutcome {
    /// Judges a response; S3's error codes are documented at
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
    init(_ response: HTTPResponse, to request: HTTPRequest, _ operation: String, _ bucket: String) {
        let document = XMLElements(response.status < 400 ? [] : response.body)
        let code = document.text("Code")
        let message = Self.firstLine(document.text("Message") ?? "")
        let reason =
            "status \(response.status)" + (code.map { ", \($0)" } ?? "")
            + (message.isEmpty ? "" : ": \(message)")
        let pause = response["Retry-After"].flatMap { Double($0) }.map { max($0, 0) }
        switch (response.status, code) {
        case (400, _), (501, _):
            self = Self.refusal(
                status: response.status,
                code: code,
                reason: reason,
                of: request,
                operation: operation
            )
        case (200, _), (201, _), (204, _), (206, _), (304, _), (412, _), (416, _):
            self = .answered(response)
        case (404, "NoSuchBucket"):
            self = .failed(.noBucket(bucket))
        case (404, _):
            self = .answered(response)
        case (_, "RequestTimeTooSkewed"):
            self = .failed(.clockSkew(serverTime: response["Date"] ?? "an unknown time"))
        case (409, _), (408, _), (425, _), (429, _), (500, _), (502, _), (503, _), (504, _),
            (_, "SlowDown"):
            self = .retry(reason: reason, after: pause)
        case (401, _), (403, _):
            self = .failed(.accessDenied(operation: operation, reason: reason))
        default:
            self = .failed(.unexpectedAnswer(operation: operation, reason: reason))
        }
    }

    /// Judges a 400 or 501 by what the server says it does not support.
    private static func refusal(
        status: Int,
        code: String?,
        reason: String,
        of request: HTTPRequest,
        operation: String
    ) -> ResponseOutcome {
        switch code {
        case "RequestTimeout", "BadDigest", "SlowDown":
            return .retry(reason: reason, after: nil)
        case "ExpiredToken", "InvalidToken":
            return .failed(.accessDenied(operation: operation, reason: reason))
        default: break
        }
        let words = reason.lowercased()
        func names(_ header: String) -> Bool {
            words.contains(header) && request.headers.contains { $0.name.lowercased() == header }
        }
        let sendsChecksums = request.headers.contains {
            $0.name.hasPrefix(PayloadChecksum.prefix)
        }
        if sendsChecksums, words.contains("checksum") { return .refusesChecksums(reason: reason) }
        if request.method == .put, names("if-none-match") || names("if-match") {
            return .failed(.conditionsRefused(reason: reason))
        }
        // The server names nothing: try the plainest form of the request.
        if sendsChecksums, status == 501 { return .refusesChecksums(reason: reason) }
        let isConditional = request.headers.contains { $0.name.lowercased().hasPrefix("if-") }
        if status == 501, request.method == .put, isConditional {
            return .failed(.conditionsRefused(reason: reason))
        }
        return .failed(.unexpectedAnswer(operation: operation, reason: reason))
    }

    /// Judges a transport failure.
    init(_ error: HTTPTransportError, operation: String) {
        switch error {
        case .failed(_, let curl, _):
            switch curl {
            case .certificateRefused, .badAuthoritiesFile:
                self = .failed(.untrusted(operation: operation, reason: "\(error)"))
            case .badURL, .unsupportedProtocol:
                self = .failed(
                    .unavailable(operation: operation, reason: "\(error)", attempts: 1)
                )
            default:
                self = .retry(reason: "\(error)", after: nil)
            }
        case .tooLarge, .refusedURL, .unexpectedStatus, .tooManyRedirects, .unusable:
            self = .failed(.unexpectedAnswer(operation: operation, reason: "\(error)"))
        }
    }

    private static func firstLine(_ text: String) -> String {
        String(text.prefix { !$0.isNewline }.prefix(200))
    }
}
