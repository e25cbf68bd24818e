/// An access point of a run: its index in the list that all parts of the run share.
package struct AccessPointNumber: DenseIndex {
    package let index: Int

    package init(index: Int) {
        self.index = index
    }
}
