"""The title and the caption of each figure: what it shows, and what to look for."""

# By file stem, in the page's order.
CAPTIONS = {
    "samples": (
        "Samples",
        "Each picture started as a random state drawn from p*, was cooled to T = 1, and went on "
        "there for as many steps as evaluate.extra_steps says. None was selected. Of spikes, the "
        "lower panel shows how likely each neuron was to fire in its last half-step. Look whether "
        "they could be data, whether all classes occur, and whether pictures of one class differ.",
    ),
    "points": (
        "Samples beside the data",
        "Left, data points. Then points cooled from noise, and chains that ran on at T = 1 for the "
        "number of steps above each panel. Axes are the two coordinates, the same in all panels. "
        "Look for points away from the data, and for parts of the data without points.",
    ),
    "field": (
        "Walks, and where the operator moves a state",
        "Up to four walks in the plane of the two coordinates, each from a ring to a dot, over the "
        "data. Arrows show the direction of the mean next step at the temperature above the panel. "
        "Dark arrows: the mean step is larger than its noise. Look whether arrows point to the "
        "data, and whether free walks (T = 1) stay there.",
    ),
    "filmstrip": (
        "Heating and dream",
        "Each strip is one walk, from left to right, with the temperature under each frame. "
        "Heating turns an example into noise. The dream cools from noise and should end in "
        "something like the data. Look at which temperature the shape is lost, and at which it "
        "appears again.",
    ),
    "inpainting": (
        "Completions of test images",
        "Each row is one test image: the whole image, the part that was given, and completions of "
        "the rest, each from its own noise. Look whether the two parts fit together at their "
        "border, and whether completions differ if the given part allows it.",
    ),
    "long_chain": (
        "Free runs at T = 1",
        "Each chain starts from a sample and runs on without heating or cooling. Its states are "
        "shown after the numbers of steps on the axis. If all chains end in the same picture, the "
        "network has a spurious mode: a state that attracts it although the data do not contain "
        "it so often.",
    ),
    "class_histograms": (
        "Classes of the samples",
        "One panel for each kind of sample. Bars: share of each class among the samples, by a "
        "classifier. Lines across the bars: share of the class in the data. A bar far above its "
        "line is a class that the network generates too often.",
    ),
    "patterns_recall": (
        "Recall of stored patterns",
        "Horizontal axis: number of stored patterns divided by number of neurons. Vertical axis: "
        "overlap of the network's state with the pattern after starting from a corrupted copy; 1 "
        "is perfect, 0 is chance. Triangles mark the overlap of the corrupted copies. Look how far "
        "beyond Hopfield's capacity the lines stay high, and where they fall below the triangle.",
    ),
    "stdp_window": (
        "Spike-timing-dependent plasticity",
        "Horizontal axis: time of the postsynaptic spike minus time of the presynaptic spike, in "
        "half-steps, each phase in its own direction of time. Vertical axis: mean weight change, "
        "with standard errors. In the replay the synapse grows if the presynaptic neuron fires "
        "first (STDP). In heating the same order makes it shrink (reverse STDP). Squares: "
        "independent coin tosses with the same firing rates. The peak at lag +1 is the rule "
        "itself, since coin tosses have all of it. Below: what is left without it, which is what "
        "the network adds.",
    ),
    "raster": (
        "Spikes of heating, replay and dream",
        "Above: temperature. Below: spikes, one row for each neuron, against time in half-steps. "
        "Heating starts from an example. The replay is the heating walk drawn backward, the order "
        "in which training learns from it, and not a walk of its own. The dream is another walk: "
        "it starts from noise, and the network makes it by itself. Look how the firing changes "
        "as the temperature rises, and whether the end of the dream is like the start of heating.",
    ),
    "learning_curves": (
        "Learning",
        "Both against training time in epochs. Above: the walkback log-likelihood, which training "
        "increases. It depends on the length of a walk and bounds nothing. Below: the bound on "
        "held-out examples, with its standard error. Look whether it has levelled off, and whether "
        "it is better than the baseline (dashed).",
    ),
    "training_temperatures": (
        "Temperatures of training walks",
        "Temperature against the step of a training walk. Dashed: the equal ratios at the start. "
        "Lines: the spacing that pilot walks chose after each validation, later ones darker. Where "
        "a line is flat, many steps are close together, because heating costs most there.",
    ),
    "ledger": (
        "The bound, half-step by half-step",
        "Above: temperature along a walk from data to noise. Middle: what each half-step adds to "
        "the bound (above 0) or takes from it (below 0), in nats. Below: the running total, which "
        "ends at the bound. Look for the longest bars below 0: there the model predicts the "
        "previous state worst.",
    ),
    "bits": (
        "Bits/dim, step by step",
        "Read from right (noise) to left (data). At the right, the bits/dim of p* alone. Middle: "
        "how many bits/dim each step back saves. Below: what is left. Low bars show temperatures "
        "at which the step back is badly learned. Below the dashed line the model is better than a "
        "Gaussian.",
    ),
    "gap": (
        "The gap between ln p(x) and the bound, by cause",
        "Right: the gap as one column, in nats. Irreversibility: a heating half-step and the same "
        "half-step reversed are not equally likely. It is measured in chains that have settled at "
        "each temperature, not in the walk itself. Annealing: the rest, because the temperature "
        "changes faster than the state follows, and because walks start and end in states that "
        "are not typical of the model. Left: irreversibility of each step if the model stayed at "
        "its temperature. If irreversibility is larger than the gap, the two columns stand side "
        "by side and must not be subtracted. That happens for images: importance sampling finds "
        "only part of the gap, and walks leave each temperature before the model has settled.",
    ),
    "gap_over_training": (
        "The gap during training, by cause",
        "The gap against training walks, from a few walks at each validation: irreversibility at "
        "the bottom, annealing above it, and the gap as the upper line. Where irreversibility is "
        "larger than the gap, the two do not add up and the area is hatched. Look which part "
        "training makes smaller.",
    ),
    "weight_symmetry": (
        "Symmetry of the weights during training",
        "The two synapses between a pair of neurons start with unrelated weights. Above, against "
        "training walks: the cosine of the weight matrix with its transpose (1 if symmetric), and "
        "the size of the antisymmetric over the symmetric part. Below: entropy production of a "
        "free run at T = 1. It is zero for a reversible network, one in which every half-step is "
        "as likely as the same half-step reversed.",
    ),
    "dissipation": (
        "Entropy production shrinks the weights",
        "Above, against training walks: entropy production of a free run, and the rate at which "
        "plasticity would shrink the weights in that run. The two are computed independently, and "
        "in theory they are equal: for plain learning (no momentum, decay or centring) in a "
        "stationary free run at constant temperature, with synapses both ways. Below: the sizes of "
        "the symmetric and of the antisymmetric part "
        "of the weights. Look which part becomes smaller.",
    ),
    "receptive_fields": (
        "Weights of hidden neurons",
        "Each picture shows the weights from all visible neurons to one hidden neuron: green "
        "excites, purple inhibits, with one colour scale for all. The neurons are evenly spaced in "
        "their order, not selected. Look for strokes and edges, and for neurons without structure.",
    ),
}

# Of figures that `asynet analyze` adds; a report does not miss them.
ANALYSED = {
    "bound_by_steps": (
        "The bound against the number of steps",
        "Above: the lower bound on ln p(x) of cooling from p* in K steps, of the network and of "
        "its symmetric part; dashed, ln p(x) of the symmetric part (biases kept) at equilibrium. "
        "Below: what K steps cost. A state that cools lags behind its temperature, less so in more "
        "steps; an irreversible network also pays its entropy production in every step. Look where "
        "the two lines cross: more steps than that make the bound worse.",
    ),
    "spectrum": (
        "Eigenvalues of the weights",
        "Eigenvalues in the complex plane before and after training. The ellipse is the area that "
        "random weights of the same variance and reciprocity would fill. Symmetric weights have "
        "real eigenvalues. Look whether the points move to the real axis, and which of them lie "
        "outside the ellipse.",
    ),
    "modes": (
        "Do the two directions of weights match?",
        "Above: for each singular mode k of the weights in one direction, strongest first, how "
        "well the weights in the other direction map it back. 1 means that they are transposes of "
        "each other; the band is what chance gives. Below: the gain (singular value) of each mode.",
    ),
    "dreams": (
        "Dreams",
        "Dreams are cooled from noise. Above, for data with labels: the share of each class among "
        "them, and in the data (lines). Then their replay scores: a dream is compared, frame by "
        "frame, with examples that were heated and are read backward; 1 is the same sequence, 0 "
        "nothing in common beyond firing rates. Grey: the same dreams with their frames in a "
        "random order, or with their neurons exchanged. Below: how far the last states of recorded "
        "dreams are from the nearest training example, over training.",
    ),
    "over_temperature": (
        "Entropy production at other temperatures",
        "Entropy production, in nats a step, of a free run at the temperature on the axis. Zero "
        "means that every half-step is as likely as the same half-step reversed.",
    ),
    "neurons": (
        "Entropy production of each visible neuron",
        "Each pixel is a visible neuron, coloured by its term of the entropy production. Single "
        "terms may be negative; only their sum may not. Look whether a few neurons produce most of "
        "it, and where they are.",
    ),
}
