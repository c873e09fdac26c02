// Trainings take all processors, and some tests look at how long things take.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
