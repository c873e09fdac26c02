namespace Cnn.PowerShell;

/// <summary>The scheduler of the tasks of an exported sweep.</summary>
public enum SweepScheduler
{
    /// <summary>This machine: a plain loop, or GNU parallel.</summary>
    Local,

    /// <summary>A cluster with Slurm: a job array.</summary>
    Slurm,
}
