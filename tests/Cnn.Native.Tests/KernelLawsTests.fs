module Cnn.Native.Tests.KernelLawsTests
let private placeholder = ()
