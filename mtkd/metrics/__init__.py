"""What is measured, from stored predictions, in float64: calibration, selective prediction, OOD,
inheritance and its inference. NumPy and SciPy only, no torch.

Functions return a `Metric`: a value, the n it is about, and its convention. Empty sets are NaN
with n = 0. Metrics of the most likely class take either probabilities `[n, classes]` with labels
`[n]`, or confidences `[n]` with correctness `[n]` as booleans. Comparisons of models take a
`Predictions` each, checked once. Tables too large for memory in float64 stay where they are, in
memory or in a file (`StoredRows`), and are walked over in blocks.
"""

from mtkd.metrics.base import Metric
from mtkd.metrics.binning import Bins, equal_mass_bins, equal_width_bins
from mtkd.metrics.blind_spots import (
    JointSlopes,
    blind_spot_rescue_rate,
    consensus_of_wrong,
    joint_slopes,
    majority_ceir,
    unanimous_ceir,
)
from mtkd.metrics.bootstrap import Estimate, crossed_interval, paired_difference
from mtkd.metrics.calibration import (
    binned_errors,
    debiased_l2,
    debiased_l2_squared,
    ece,
    ece_overconfident,
    ece_underconfident,
    equal_mass_ece,
    mce,
    overconfidence_error,
    rmsce,
)
from mtkd.metrics.ceir import (
    attributable_fraction,
    attributable_fraction_items,
    ceir,
    ceir_items,
    dd_ceir,
    excess_ceir,
    excess_ceir_items,
    fates,
    normalised_excess,
    normalised_excess_items,
)
from mtkd.metrics.checks import probabilities, top_label
from mtkd.metrics.classwise import classwise_ece, classwise_ece_per_class
from mtkd.metrics.committee import Committee, error_taxonomy, mass_proportional_credit, sole_source
from mtkd.metrics.contributions import Contributions, mean_of, mean_over, per_cluster
from mtkd.metrics.corp import corp
from mtkd.metrics.coverage import RiskCoverage, coverage_at_risk, risk_at_coverage, risk_coverage
from mtkd.metrics.endpoint import dd_ceir_estimate, dd_ceir_interval
from mtkd.metrics.exact import holm, mcnemar_exact, sign_flip_test
from mtkd.metrics.excess_similarity import capa_excess, error_consistency_excess
from mtkd.metrics.flips import (
    accuracy_difference_items,
    confident_negative_flip_rate,
    confident_wrong_difference_items,
    confident_wrong_items,
    negative_flip_items,
    negative_flip_rate,
    positive_flip_rate,
)
from mtkd.metrics.full import full_ece
from mtkd.metrics.inheritance import Inheritance, Pair
from mtkd.metrics.intervals import Interval, t_interval, t_test, wilson
from mtkd.metrics.mass import (
    inheritance_slope,
    inheritance_slope_items,
    inheritance_slope_vector,
    inheritance_slope_vector_items,
    slope_asymmetry,
    transferred_wrong_mass,
    transferred_wrong_mass_items,
    weighted_transferred_wrong_mass,
    weighted_transferred_wrong_mass_items,
)
from mtkd.metrics.ood import (
    ood_aupr_in,
    ood_aupr_out,
    ood_auroc,
    ood_fpr95_id_positive,
    ood_fpr95_ood_positive,
)
from mtkd.metrics.predictions import Answers, Predictions, from_log_probs, from_logits
from mtkd.metrics.proper import (
    accuracy,
    brier,
    brier_of,
    impossible_label_rate,
    nll,
    nll_of,
    spiegelhalter_p,
    spiegelhalter_z,
    top_label_brier,
)
from mtkd.metrics.rates import (
    confident_wrong_rate,
    mean_confidence,
    mean_confidence_on_errors,
    signed_gap,
)
from mtkd.metrics.removal import removal_effect, removal_effect_items
from mtkd.metrics.rows import LogRows, Rows, StoredRows
from mtkd.metrics.sameness import same_items
from mtkd.metrics.selective import (
    augrc,
    aupr_errors,
    aurc,
    auroc_errors,
    e_augrc,
    e_aurc,
    fpr95_errors,
    selective_metrics,
)
from mtkd.metrics.self_consistency import SelfConsistency, plain_answer, self_consistency
from mtkd.metrics.sequence import (
    AGGREGATIONS,
    drop_empty,
    macro,
    micro,
    sequence_confidence,
    sequence_log_quantile,
    unpad,
)
from mtkd.metrics.shift import (
    confident_together,
    confident_together_excess,
    confident_together_excess_items,
    confident_together_items,
    quantile_tau,
    same_confident_answer,
    shift_amplification,
)
from mtkd.metrics.similarity import (
    capa,
    confidence_coupling,
    coupling_excess,
    error_consistency,
    predictive_kl,
    same_wrong_agreement,
    same_wrong_items,
    top1_agreement,
)
from mtkd.metrics.smooth import ks_ce, smooth_ece
from mtkd.metrics.summary import inheritance_statistics, model_metrics, pair_statistics
from mtkd.metrics.sweep import ece_sweep
from mtkd.metrics.temperature import (
    TemperedRows,
    apply_temperature,
    fit_temperature,
    sharpened,
    sharpness_matched,
)

# fmt: off
__all__ = [
    "AGGREGATIONS", "Answers", "Bins", "Committee", "Contributions", "Estimate", "Inheritance",
    "Interval", "JointSlopes", "LogRows", "Metric", "Pair", "Predictions", "RiskCoverage",
    "Rows", "SelfConsistency", "StoredRows", "TemperedRows", "accuracy",
    "accuracy_difference_items", "apply_temperature", "attributable_fraction",
    "attributable_fraction_items", "augrc", "aupr_errors", "aurc", "auroc_errors",
    "binned_errors", "blind_spot_rescue_rate", "brier", "brier_of", "capa", "capa_excess",
    "ceir", "ceir_items", "classwise_ece", "classwise_ece_per_class", "confidence_coupling",
    "confident_negative_flip_rate", "confident_together", "confident_together_excess",
    "confident_together_excess_items", "confident_together_items",
    "confident_wrong_difference_items", "confident_wrong_items", "confident_wrong_rate",
    "consensus_of_wrong", "corp", "coupling_excess", "coverage_at_risk", "crossed_interval",
    "dd_ceir", "dd_ceir_estimate", "dd_ceir_interval", "debiased_l2", "debiased_l2_squared",
    "drop_empty", "e_augrc", "e_aurc", "ece", "ece_overconfident", "ece_sweep",
    "ece_underconfident", "equal_mass_bins", "equal_mass_ece", "equal_width_bins",
    "error_consistency", "error_consistency_excess", "error_taxonomy", "excess_ceir",
    "excess_ceir_items", "fates", "fit_temperature", "fpr95_errors", "from_log_probs",
    "from_logits", "full_ece", "holm", "impossible_label_rate", "inheritance_slope",
    "inheritance_slope_items", "inheritance_slope_vector", "inheritance_slope_vector_items",
    "inheritance_statistics", "joint_slopes", "ks_ce", "macro", "majority_ceir",
    "mass_proportional_credit", "mce", "mcnemar_exact", "mean_confidence",
    "mean_confidence_on_errors", "mean_of", "mean_over", "micro", "model_metrics",
    "negative_flip_items", "negative_flip_rate", "nll", "nll_of", "normalised_excess",
    "normalised_excess_items", "ood_aupr_in", "ood_aupr_out", "ood_auroc",
    "ood_fpr95_id_positive", "ood_fpr95_ood_positive", "overconfidence_error",
    "pair_statistics", "paired_difference", "per_cluster", "plain_answer", "positive_flip_rate",
    "predictive_kl", "probabilities", "quantile_tau", "removal_effect", "removal_effect_items",
    "risk_at_coverage", "risk_coverage", "rmsce", "same_confident_answer", "same_items",
    "same_wrong_agreement", "same_wrong_items", "selective_metrics", "self_consistency",
    "sequence_confidence", "sequence_log_quantile", "sharpened", "sharpness_matched",
    "shift_amplification", "sign_flip_test", "signed_gap", "slope_asymmetry", "smooth_ece",
    "sole_source", "spiegelhalter_p", "spiegelhalter_z", "t_interval", "t_test",
    "top1_agreement", "top_label", "top_label_brier", "transferred_wrong_mass",
    "transferred_wrong_mass_items", "unanimous_ceir", "unpad",
    "weighted_transferred_wrong_mass", "weighted_transferred_wrong_mass_items", "wilson",
]
# fmt: on
