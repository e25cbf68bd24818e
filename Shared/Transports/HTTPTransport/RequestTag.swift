/// By what a request's answer is known again; whoever sends the request chooses it.
package struct RequestTag: Hashable, Sendable, ExpressibleByIntegerLiteral {
    package let number: Int

    package init(_ number: Int) {
        self.number = number
    }

    package init(integerLiteral value: Int) {
        number = value
    }
}
