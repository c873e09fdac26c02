namespace Cnn.PowerShell;

/// <summary>What Export-CnnPlot draws.</summary>
public enum PlotKind
{
    /// <summary>The loss of each batch of a training, raw and smoothed.</summary>
    Loss,

    /// <summary>The accuracy on the validation images after each epoch of a training.</summary>
    Accuracy,

    /// <summary>The recall of each class as a bar.</summary>
    Recall,

    /// <summary>The confusion matrix as a heat map.</summary>
    Confusion,

    /// <summary>The misclassified images, with their labels and predictions.</summary>
    Misclassified,

    /// <summary>The filters of a convolution.</summary>
    Filters,

    /// <summary>Images with their labels.</summary>
    Images,

    /// <summary>The accuracy of the trials of a sweep over the varying parameters.</summary>
    Sweep,

    /// <summary>The loss over the learning rate, in a search for a learning rate.</summary>
    LearningRate,

    /// <summary>The output of a layer for an image, one picture for each feature map.</summary>
    Activations,

    /// <summary>The evidence for a class in images (Grad-CAM).</summary>
    ClassActivation,
}
