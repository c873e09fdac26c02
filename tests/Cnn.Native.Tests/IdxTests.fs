module Cnn.Native.Tests.IdxTests
let private placeholder = ()
