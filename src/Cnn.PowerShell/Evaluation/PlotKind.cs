namespace Cnn.PowerShell;

/// <summary>What Export-CnnPlot draws.</summary>
public enum PlotKind
{
    /// <summary>The loss of each batch of a training, as it was and smoothed.</summary>
    Loss,

    /// <summary>The accuracy on the validation images after each epoch of a training.</summary>
    Accuracy,

    /// <summary>The recall of each class as a bar.</summary>
    Recall,

    /// <summary>The confusion matrix as a heat map.</summary>
    Confusion,

    /// <summary>The images that were taken for something else, with what they are and what they were taken for.</summary>
    Misclassified,

    /// <summary>The filters of a convolution.</summary>
    Filters,

    /// <summary>Images with their labels.</summary>
    Images,

    /// <summary>The accuracy of the trials of a sweep over what it varies.</summary>
    Sweep,

    /// <summary>The loss by the learning rate, of a search for one.</summary>
    LearningRate,

    /// <summary>What a layer makes of an image, a picture for each of its maps.</summary>
    Activations,

    /// <summary>Where images speak for a class (Grad-CAM).</summary>
    ClassActivation,
}
