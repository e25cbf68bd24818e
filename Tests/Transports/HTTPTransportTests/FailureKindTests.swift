import Glibc
import Testing

@testable import HTTPTransport

/// Failures by the numbers that libcurl documents (`libcurl-errors(3)`).
@Suite struct FailureKindTests {
    @Test(arguments: [
        (UInt32(5), FailureKind.noSuchHost), (6, .noSuchHost), (28, .timedOut), (35, .tls),
        (58, .tls), (59, .tls), (52, .closed), (55, .closed), (56, .closed), (18, .closed),
        (8, .notHTTP), (1, .notHTTP), (27, .other), (92, .other),
    ])
    func failuresAreSortedByTheirCode(code: UInt32, kind: FailureKind) {
        let error = CurlError(rawValue: code)
        #expect(FailureKind(error, systemError: 0, verification: 0) == kind)
    }

    @Test(arguments: [
        (ETIMEDOUT, FailureKind.timedOut), (EHOSTUNREACH, .noRoute), (ENETUNREACH, .noRoute),
        (ECONNREFUSED, .refused), (0, .refused),
    ])
    func aFailedConnectionIsSortedByItsSystemError(systemError: Int32, kind: FailureKind) {
        let error = CurlError.connectionFailed
        #expect(FailureKind(error, systemError: systemError, verification: 0) == kind)
        // A system call's earlier error does not matter to any other failure.
        #expect(FailureKind(.timedOut, systemError: systemError, verification: 0) == .timedOut)
    }

    /// 10 is `X509_V_ERR_CERT_HAS_EXPIRED`, 20 an unknown issuer, 62 another host's name.
    @Test(arguments: [
        (10, FailureKind.expiredCertificate), (20, .untrustedCertificate),
        (62, .untrustedCertificate), (0, .untrustedCertificate),
    ])
    func anExpiredCertificateIsToldFromAForeignOne(verification: Int, kind: FailureKind) {
        let error = CurlError.certificateRefused
        #expect(FailureKind(error, systemError: 0, verification: verification) == kind)
    }

    @Test func everyKindHasItsOwnWords() {
        #expect(Set(FailureKind.allCases.map(\.rawValue)).count == FailureKind.allCases.count)
    }

    @Test func curlErrorsSayWhatLibcurlSaysWithTheNumber() {
        #expect(CurlError.timedOut.description.hasSuffix("(curl 28)"))
        #expect(CurlError.connectionFailed.description.hasSuffix("(curl 7)"))
    }

    /// Only failures that a new connection may fix belong to the connection.
    @Test(arguments: [
        (UInt32(8), true), (16, true), (18, true), (52, true), (55, true), (56, true), (92, true),
        (3, false), (6, false), (7, false), (28, false), (35, false), (60, false),
    ])
    func connectionFaultsAreThoseAfterItWasMade(code: UInt32, isOfConnection: Bool) {
        #expect(CurlError(rawValue: code).isOfConnection == isOfConnection)
    }
}
