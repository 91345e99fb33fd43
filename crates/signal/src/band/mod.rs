//! Where in the spectrum the impacts ring: kurtograms and what chooses by periodicity.
