/// Identifies the answer to a request; chosen by the sender of the request.
package struct RequestTag: Hashable, Sendable, ExpressibleByIntegerLiteral {
    package let number: Int

    package init(_ number: Int) {
        self.number = number
    }

    package init(integerLiteral value: Int) {
        number = value
    }
}
