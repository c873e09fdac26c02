module Cnn.Native.Tests.GuardPagesTests
let private placeholder = ()
